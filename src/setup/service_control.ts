import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { onThisMachine, type Root } from "./host_paths.ts";
import { serviceName, type ServiceState } from "./setup_model.ts";

/** Says to systemd what it is to do. */
export interface ServiceControl {
  state(): Promise<ServiceState>;
  /**
   * Runs `systemctl` with some words.
   *
   * @throws {MesoletError} 71 when it fails or takes too long
   */
  run(words: readonly string[]): Promise<void>;
}

/** `systemctl` waits for a service to stop: that of ours has a minute. */
const bound = 120_000;

/** The systemd of a root: the one that runs here, or, in another root, the one that will. */
export function systemdOf(
  root: Root,
  clock: Clock,
  directoryOfRunning = "/run/systemd/system",
): ServiceControl {
  const manager = root === "/"
    ? isThere(directoryOfRunning) ? "running" : "none"
    : ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"].some((path) => isThere(onThisMachine(root, path)))
    ? "offline"
    : "none";
  const place = manager === "offline" ? [`--root=${root}`] : [];
  const ask = async (...words: string[]) =>
    (await systemctl([...place, ...words], clock).catch(() => undefined))?.success ?? false;
  return {
    async state() {
      if (manager === "none") return { manager, enabled: false, active: false };
      const enabled = await ask("is-enabled", "--quiet", serviceName);
      return {
        manager,
        enabled,
        active: manager === "running" && await ask("is-active", "--quiet", serviceName),
      };
    },
    async run(words) {
      const command = `systemctl ${words.join(" ")}`;
      let answer: { readonly success: boolean; readonly said: string };
      try {
        answer = await systemctl([...place, ...words], clock);
      } catch (error) {
        throw new MesoletError(`Cannot run ${command}: ${messageOf(error)}`, ExitCode.osError, {
          cause: error,
        });
      }
      if (answer.success) return;
      const said = answer.said.trim().split("\n").join("; ");
      throw new MesoletError(`${command} failed: ${said}`, ExitCode.osError);
    },
  };
}

async function systemctl(
  words: readonly string[],
  clock: Clock,
): Promise<{ readonly success: boolean; readonly said: string }> {
  const child = new Deno.Command("systemctl", {
    args: [...words],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    env: { LC_ALL: "C" },
  }).spawn();
  const over = new AbortController();
  const ended = child.output();
  try {
    const answer = await Promise.race([
      ended,
      clock.sleep(bound, over.signal).then(() => undefined, () => undefined),
    ]);
    if (answer !== undefined) {
      return { success: answer.success, said: new TextDecoder().decode(answer.stderr) };
    }
    child.kill("SIGKILL");
    await ended;
    return { success: false, said: `no end after ${bound / 1000} s` };
  } finally {
    over.abort();
  }
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
