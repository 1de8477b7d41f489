import { resolve } from "node:path/posix";
import { type BundleArchive, bundleName, BundleReader } from "../images/bundle.ts";
import { denoFiles } from "../compose/deno_files.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";

/**
 * The archives of paths from the command line: a file is one, a directory has all that are in it.
 *
 * @param paths none: the directory `images`
 * @throws {MesoletError} when there is none, or a directory cannot be read
 */
export async function archivesAt(
  paths: readonly string[],
  workingDirectory: string,
): Promise<BundleArchive[]> {
  const reader = new BundleReader();
  const archives: BundleArchive[] = [];
  for (const path of paths.length === 0 ? [bundleName] : paths) {
    const absolute = resolve(workingDirectory, path);
    const kind = denoFiles.kind(absolute);
    if (kind === "absent") {
      throw new MesoletError(`Cannot read ${absolute}: there is no such file or directory`, ExitCode.noInput);
    }
    const found = kind === "directory" ? await reader.read(absolute) : [await reader.readOne(absolute, path)];
    if (found.length === 0) {
      throw new MesoletError(
        `Cannot read images from ${absolute}: it has no archive (.tar, .tar.gz, .tar.zst)`,
        ExitCode.noInput,
      );
    }
    archives.push(...found);
  }
  return archives;
}
