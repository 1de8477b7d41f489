import { parseImageReference } from "../../pod/image_reference.ts";
import { splitShellWords } from "../../compose/shell_words.ts";
import { MesoletError } from "../../pod/errors.ts";
import type { ImageRun } from "./image_run.ts";

/** A line with an image in front is not longer. */
const longestLine = 64 * 1024;

/**
 * A task of which the first word is the image and the others are its arguments, as Marathon's Docker executor had it;
 * undefined where the first word is no image.
 */
export function runOfWords(words: readonly string[]): ImageRun | undefined {
  const [first = "", ...rest] = words;
  const image = plainImage(first);
  if (image === undefined) return undefined;
  return {
    image,
    ...(rest.length === 0 ? {} : { command: rest }),
    network: "pod",
    ports: [],
    publishOffered: true,
    privileged: false,
    pullAlways: false,
    environment: {},
    mounts: [],
    parameters: [],
  };
}

/** The words of one line of text; none where it is more, or no line of words. */
export function wordsOfLine(text: string): string[] {
  const line = text.trim();
  if (line === "" || line.length > longestLine || line.includes("\n")) return [];
  try {
    return splitShellWords(line);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [];
  }
}

/** An image without the `docker:///` that Mesos once wanted in front; undefined where it is none. */
export function plainImage(text: string): string | undefined {
  const image = text.replace(/^docker:\/\/\/?/, "");
  try {
    parseImageReference(image);
    return image;
  } catch (error) {
    if (!(error instanceof MesoletError)) throw error;
    return undefined;
  }
}
