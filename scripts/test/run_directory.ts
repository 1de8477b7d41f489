/** Temporary files of a test run are in one directory, which is known to be nobody's when the run is gone. */

import { messageOf } from "../../src/pod/errors.ts";

const prefix = "mesolet-tests-";
const lockEnd = ".lock";

/** The directory of one run. */
export interface RunDirectory {
  /** Absolute; tests get it as `TMPDIR`. */
  readonly path: string;
  /** Removes it with all that is in it. */
  remove(): Promise<void>;
}

/**
 * Makes a directory for the temporary files of a run, after it removed those of runs that are gone. Whose run is alive
 * holds the lock of a file beside the directory: the kernel ends that with the process, however it ends.
 *
 * @param parent where it is made, such as `/tmp`
 * @param warn told of directories that could not be removed
 */
export async function makeRunDirectory(
  parent: string,
  warn: (line: string) => void,
): Promise<RunDirectory> {
  for await (const { name } of Deno.readDir(parent)) {
    if (!name.startsWith(prefix) || !name.endsWith(lockEnd)) continue;
    const lockPath = `${parent}/${name}`;
    const lock = await lockedFile(lockPath);
    if (lock === undefined) continue;
    await removeBoth(lockPath.slice(0, -lockEnd.length), lockPath, warn);
    lock.close();
  }
  for (;;) {
    const path = `${parent}/${prefix}${crypto.randomUUID().slice(0, 8)}`;
    const lockPath = `${path}${lockEnd}`;
    const lock = await lockedFile(lockPath);
    // Somebody who swept was quicker than we were between making the file and locking it.
    if (lock === undefined) continue;
    await Deno.mkdir(path);
    // As /tmp is: tests run programs as other users as well.
    await Deno.chmod(path, 0o1777);
    return {
      path,
      async remove() {
        await removeBoth(path, lockPath, warn);
        lock.close();
      },
    };
  }
}

/** Opens and locks a file; undefined when another process has the lock, or it may not be opened. */
async function lockedFile(path: string): Promise<Deno.FsFile | undefined> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    // That of another user.
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
  try {
    // The one who had the lock before may have removed the file: then this is the lock of nothing.
    if (await file.tryLock(true) && (await Deno.stat(path)).ino === (await file.stat()).ino) return file;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  file.close();
  return undefined;
}

async function removeBoth(path: string, lockPath: string, warn: (line: string) => void): Promise<void> {
  try {
    const mounts = mountPointsBelow(path, await Deno.readTextFile("/proc/self/mountinfo"));
    // To remove what is mounted would remove it where it comes from.
    if (mounts.length > 0) throw new Error(`unmount ${mounts.join(", ")} first`);
    await removeTree(path);
    await Deno.remove(lockPath);
  } catch (error) {
    warn(`Temporary files of a test run are left in ${path}: ${messageOf(error)}`);
  }
}

async function removeTree(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * The mount points in a directory and below.
 *
 * @param mountInfo of the form of `/proc/self/mountinfo`
 */
export function mountPointsBelow(directory: string, mountInfo: string): string[] {
  return mountInfo.split("\n").map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point === directory || point.startsWith(`${directory}/`));
}
