import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { sha256 } from "../pod/sha256.ts";

/**
 * Runs `work` while no other call works on the same container; those that only look are together. The lock is the
 * kernel's (`flock`): it goes with the process, however that ends, and calls for other containers are not held up.
 *
 * @param place the directory of the locks; made when it is missing
 * @throws {MesoletError} 73 where no lock can be made
 */
export async function withLock<Result>(
  place: string,
  containerId: string,
  how: "change" | "look",
  work: () => Promise<Result>,
): Promise<Result> {
  const path = pathOf(place, containerId);
  for (;;) {
    const file = open(place, path);
    try {
      await file.lock(how === "change");
      // Its last holder removed it, between our opening and our locking.
      if (file.statSync().ino !== inodeAt(path)) continue;
      try {
        return await work();
      } finally {
        // The last one that looks takes the file away as well; whoever comes next makes it anew.
        if (how === "change" || file.tryLockSync(true)) removeQuietly(path);
      }
    } finally {
      file.close();
    }
  }
}

/** Whether nobody changes the container now, and nobody did while `work` ran; undefined where somebody does. */
export async function ifNotLocked<Result>(
  place: string,
  containerId: string,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  const path = pathOf(place, containerId);
  const file = open(place, path);
  try {
    if (!file.tryLockSync(true) || file.statSync().ino !== inodeAt(path)) return undefined;
    try {
      return await work();
    } finally {
      removeQuietly(path);
    }
  } finally {
    file.close();
  }
}

/** Ids come from the agent: as a name of a file one stands for it. */
function pathOf(place: string, containerId: string): string {
  return `${place}/${sha256(containerId).slice(0, 32)}.lock`;
}

function open(place: string, path: string): Deno.FsFile {
  try {
    Deno.mkdirSync(place, { recursive: true, mode: 0o700 });
    return Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch (cause) {
    throw new MesoletError(`Cannot make the lock ${path}: ${messageOf(cause)}`, ExitCode.cannotCreate, {
      cause,
    });
  }
}

function inodeAt(path: string): number | null | undefined {
  try {
    return Deno.statSync(path).ino;
  } catch {
    return undefined;
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Somebody cleared the place: the lock was held all the same.
  }
}
