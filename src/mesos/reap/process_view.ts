import { ExitCode, MesoletError, messageOf } from "../../pod/errors.ts";
import { type Owner, type ProcessView, startOf } from "./owner.ts";

/**
 * The processes of this host, by `/proc`.
 *
 * @throws {MesoletError} 71 where there is no `/proc`, 77 where it may not be read
 */
export function processViewOfHost(): ProcessView {
  return {
    boot: read("/proc/sys/kernel/random/boot_id").trim(),
    pidNamespace: pidNamespace(),
    startOf: (pid) => {
      try {
        return startOf(Deno.readTextFileSync(`/proc/${pid}/stat`));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound || isGone(error)) return undefined;
        throw unreadable(`/proc/${pid}/stat`, error);
      }
    },
  };
}

/** This process, as the owner of what it makes. */
export function ownerOfProcess(view: ProcessView = processViewOfHost()): Owner {
  const start = startOf(read("/proc/self/stat"));
  if (start === undefined) throw new MesoletError("This process is not in /proc", ExitCode.osError);
  return { boot: view.boot, pidNamespace: view.pidNamespace, pid: Deno.pid, start };
}

function pidNamespace(): string {
  try {
    // `pid:[4026531836]`
    return Deno.readLinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch (error) {
    throw unreadable("/proc/self/ns/pid", error);
  }
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The process ended while its file was read (ESRCH). */
function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ESRCH";
}

function unreadable(path: string, cause: unknown): MesoletError {
  const denied = cause instanceof Deno.errors.PermissionDenied || cause instanceof Deno.errors.NotCapable;
  return new MesoletError(
    `Cannot read ${path}, which tells whether an executor is still there: ${messageOf(cause)}`,
    denied ? ExitCode.permission : ExitCode.osError,
    { cause },
  );
}
