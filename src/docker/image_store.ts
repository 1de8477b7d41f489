import type { ImageStore } from "../images/image_store.ts";
import type { EngineFacts } from "../plan/observed.ts";
import type { Connection } from "./connection.ts";
import { EngineError } from "./engine_error.ts";
import { loadImages } from "./load_images.ts";
import { inspectImage } from "./observe.ts";
import { Seats } from "./seats.ts";
import { TimeBounds } from "./time_bounds.ts";

/** The images of an engine. */
export class EngineImages implements ImageStore {
  readonly platform: ImageStore["platform"];
  /** Archives are loaded one after the other: pods of one bundle want the same ones. */
  readonly seats = new Seats(1);
  readonly #connection: Connection;

  constructor(connection: Connection, facts: EngineFacts) {
    this.#connection = connection;
    this.platform = { os: facts.operatingSystem, architecture: facts.architecture };
  }

  async idOf(reference: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      return (await inspectImage(this.#connection, familiarName(reference), signal))?.id;
    } catch (error) {
      // An engine that cannot look for a name (Podman: `oci:1`) may load it all the same.
      if (error instanceof EngineError && error.reason === "refused") return undefined;
      throw error;
    }
  }

  load(
    archive: string,
    pieces: ReadableStream<Uint8Array<ArrayBuffer>>,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    return loadImages(this.#connection, archive, pieces, signal);
  }

  save(references: readonly string[], signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    // The same parameter many times.
    const names = references.map((reference) => `names=${encodeURIComponent(familiarName(reference))}`);
    return this.#connection.stream({
      method: "GET",
      path: `/images/get?${names.join("&")}`,
      call: `save ${references.join(", ")}`,
      // An engine gathers all of it before it begins to answer.
      bound: TimeBounds.loadSilence,
      signal,
    });
  }
}

/** A name as people write it: Podman finds an image of an archive that names it so only by that. */
function familiarName(reference: string): string {
  return reference.replace(/^docker\.io\/(?:library\/)?/, "");
}
