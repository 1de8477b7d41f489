/** Runs programs of the host for the private engine. */
import { say } from "./say.ts";

/** Runs a program; its output, or an error that says what it wrote. */
export async function run(command: string, ...parameters: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: parameters,
    stdin: "null",
    env: { LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`Cannot run ${command} ${parameters.join(" ")}: ${decoder.decode(stderr).trim()}`);
}

/** Runs a program whose failure means that there was nothing to do. */
export async function tryRun(command: string, ...parameters: string[]): Promise<boolean> {
  try {
    await run(command, ...parameters);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether a program is in PATH, or in the directories for administrators that PATH may leave out. A name that
 * begins with a slash is a file, whatever it is for.
 */
export function findProgram(name: string): string | undefined {
  if (name.startsWith("/")) return isFile(name) ? name : undefined;
  const directories = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  for (const directory of directories) {
    if (directory !== "" && isFile(`${directory}/${name}`)) return `${directory}/${name}`;
  }
  return undefined;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Installs Debian packages whose programs, or files, are missing, without starting any service. */
export async function installPackages(packages: Readonly<Record<string, string>>): Promise<void> {
  const missing = Object.entries(packages).filter(([program]) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const names = [...new Set(missing.map(([, name]) => name))];
  if (Deno.uid() !== 0 || findProgram("apt-get") === undefined) {
    throw new Error(
      `Cannot install ${names.join(", ")}: that takes root and apt-get. Install them by hand and try again`,
    );
  }
  say(`Installing ${names.join(", ")}`);
  const options = ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
  const install = () =>
    withoutServices(() => run("apt-get", ...options, "install", "-y", "--no-install-recommends", ...names));
  try {
    await install();
  } catch {
    // A machine that never ran it has no list of packages, or an old one.
    await run("apt-get", ...options, "update");
    await install();
  }
  const still = missing.filter(([program]) => findProgram(program) === undefined).map(([program]) => program);
  if (still.length > 0) {
    throw new Error(`Cannot find ${still.join(", ")} after installing ${names.join(", ")}`);
  }
}

/** Debian asks this file before it starts a service of a package: 101 is "no". */
async function withoutServices(work: () => Promise<unknown>): Promise<void> {
  const policy = "/usr/sbin/policy-rc.d";
  let ours = false;
  try {
    await Deno.writeTextFile(policy, "#!/bin/sh\nexit 101\n", { createNew: true, mode: 0o755 });
    ours = true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  try {
    await work();
  } finally {
    if (ours) await Deno.remove(policy);
  }
}
