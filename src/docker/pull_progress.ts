import type { PullProgress } from "./engine.ts";
import { numberOf, objectOf, textOf } from "./json.ts";

interface Layer {
  done: boolean;
  bytesDone: number;
  bytesTotal: number;
}

/** Adds up what an engine tells while it pulls, layer by layer. */
export class PullProgressReader {
  readonly #layers = new Map<string, Layer>();
  #text = "";

  /** Takes one line of the stream in; its error text when it is one. */
  read(line: unknown): string | undefined {
    const entry = objectOf(line);
    const error = textOf(objectOf(entry.errorDetail).message) || textOf(entry.error);
    if (error !== "") return error;
    const status = textOf(entry.status);
    const id = textOf(entry.id);
    this.#text = id === "" ? status : `${id}: ${status}`;
    // The line "Pulling from library/busybox" has the tag for an id.
    if (id !== "" && !status.startsWith("Pulling from")) {
      this.#readLayer(id, status, objectOf(entry.progressDetail));
    }
    return undefined;
  }

  #readLayer(id: string, status: string, detail: { readonly [key: string]: unknown }): void {
    const layer = this.#layers.get(id) ?? { done: false, bytesDone: 0, bytesTotal: 0 };
    this.#layers.set(id, layer);
    switch (status) {
      case "Downloading":
        layer.bytesDone = numberOf(detail.current);
        layer.bytesTotal = Math.max(layer.bytesTotal, numberOf(detail.total));
        break;
      case "Verifying Checksum":
      case "Download complete":
      // The bytes of "Extracting" are those of the same layer once more.
      case "Extracting":
        layer.bytesDone = layer.bytesTotal;
        break;
      case "Pull complete":
      case "Already exists":
        layer.bytesDone = layer.bytesTotal;
        layer.done = true;
        break;
    }
  }

  /** Where the pull is now. */
  progress(): PullProgress {
    const layers = [...this.#layers.values()];
    const sum = (of: (layer: Layer) => number) => layers.reduce((total, layer) => total + of(layer), 0);
    return {
      layersDone: sum((layer) => layer.done ? 1 : 0),
      layersTotal: layers.length,
      bytesDone: sum((layer) => layer.bytesDone),
      bytesTotal: sum((layer) => layer.bytesTotal),
      text: this.#text,
    };
  }
}
