import type { ImagePlatform } from "./archived_image.ts";

/** The images of an engine. */
export interface ImageStore {
  /** Of which images it makes containers, unless somebody asks for another. */
  readonly platform: ImagePlatform;
  /** The id of the image of this name, or with this id; undefined where there is none. */
  idOf(reference: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Loads an archive as `docker save` writes them.
   *
   * @param archive in words, fit for "Cannot load …"
   * @returns what the engine says that it loaded: names, or ids of images without one
   * @throws what `pieces` throws; the engine's own error when it refuses it or does not get on
   */
  load(
    archive: string,
    pieces: ReadableStream<Uint8Array<ArrayBuffer>>,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** Images as `docker save` writes them, in one archive: the answer is to be read to its end, or the signal aborted. */
  save(references: readonly string[], signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}
