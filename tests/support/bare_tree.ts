import { findProgram } from "../../scripts/engine/host_command.ts";

/** What the file needs besides libc: a shell, gzip, and some of the core utilities. */
const tools = [
  ...[
    "sh",
    "gzip",
    "id",
    "ls",
    "head",
    "tail",
    "sha256sum",
    "mktemp",
    "mkdir",
    "chmod",
    "mv",
    "rm",
    "uname",
  ],
  // For the tests themselves.
  ...["cat", "env", "sleep"],
];

/**
 * A root directory with libc, a shell, gzip and core utilities of this host, and nothing else: no Deno, no
 * certificates, no user table, nothing in /var or /tmp.
 */
export async function bareTree(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir({ prefix: "mesolet-bare-" });
  await Deno.chmod(path, 0o755);
  for (const directory of ["bin", "dev", "proc", "run", "tmp", "work"]) {
    await Deno.mkdir(`${path}/${directory}`);
  }
  await Deno.chmod(`${path}/tmp`, 0o1777);
  const libraries = new Set<string>([
    "libdl.so.2",
    "libgcc_s.so.1",
    "librt.so.1",
    "libpthread.so.0",
    "libm.so.6",
  ]);
  const copied = new Set<string>();
  for (const tool of tools) {
    const program = findProgram(tool);
    if (program === undefined) throw new Error(`This host has no ${tool}`);
    await Deno.copyFile(program, `${path}/bin/${tool}`);
    for (const library of await librariesOf(program)) copied.add(library);
  }
  // The runtime's own, which stand beside libc.
  const libc = [...copied].find((library) => library.endsWith("/libc.so.6")) ?? "";
  for (const name of libraries) copied.add(libc.replace("libc.so.6", name));
  for (const library of copied) {
    await Deno.mkdir(`${path}${library.slice(0, library.lastIndexOf("/"))}`, { recursive: true });
    await Deno.copyFile(library, `${path}${library}`);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ldd", { args: [program], stderr: "null" }).output();
  return [...new TextDecoder().decode(stdout).matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? "");
}

/** Words that run others below a bare tree, with the engine's socket and a file system of processes and no more. */
export function below(tree: string, host: string): string[] {
  const socket = host.replace("unix://", "").replace(/\/[^/]*$/, "");
  // What is mounted is seen by this process and those that it starts, and goes with them.
  const script = `tree=$0 socket=$1 && shift
    mkdir -p "$tree$socket" && mount --bind "$socket" "$tree$socket" && mount -t proc none "$tree/proc" || exit
    if [ -n "\${MESOS_SANDBOX-}" ]; then
      mkdir -p "$tree$MESOS_SANDBOX" && mount --bind "$MESOS_SANDBOX" "$tree$MESOS_SANDBOX" || exit
    fi
    PATH=/bin exec /usr/sbin/chroot "$tree" "$@"`;
  return ["/usr/bin/unshare", "--mount", "sh", "-c", script, tree, socket];
}
