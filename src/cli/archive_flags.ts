import { resolve } from "node:path/posix";
import { PodArchives } from "../images/pod_archives.ts";
import { denoFiles } from "../compose/deno_files.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";

/** Flags that say where archives of images are. */
export interface ArchiveFlags {
  readonly images: string | undefined;
  readonly removeArchives: boolean;
}

/**
 * Where archives of a pod's images are looked for.
 *
 * @throws {MesoletError} when the flag names no directory
 */
export function podArchivesOf(
  { images, removeArchives }: ArchiveFlags,
  { workingDirectory }: { readonly workingDirectory: string },
): PodArchives {
  if (images === undefined) return new PodArchives({ remove: removeArchives });
  const directory = resolve(workingDirectory, images);
  if (denoFiles.kind(directory) !== "directory") {
    throw new MesoletError(
      `Cannot load images from ${directory}: it is no directory; name one that has archives of images`,
      ExitCode.noInput,
    );
  }
  return new PodArchives({ directory, remove: removeArchives });
}
