import { paletteSize, type Style } from "./style.ts";
import { padTo, textWidth } from "./text_width.ts";

/**
 * What stands in front of the log lines of a container: its name, aligned with the others, in a colour that it keeps
 * from run to run as long as no other container of the pod has the same one by chance.
 */
export class LogPrefixes {
  readonly #colours = new Map<string, number>();
  #width = 0;

  constructor(private readonly style: Style, names: readonly string[] = []) {
    for (const name of [...names].sort()) this.#know(name);
  }

  /** `web-1  | `. A name that was not known widens the column from then on. */
  prefixOf(name: string): string {
    const colour = this.#know(name);
    return this.style.ofPalette(colour, `${padTo(name, this.#width)}  |`) + " ";
  }

  #know(name: string): number {
    const known = this.#colours.get(name);
    if (known !== undefined) return known;
    this.#width = Math.max(this.#width, textWidth(name));
    const taken = new Set(this.#colours.values());
    let colour = hashOf(name) % paletteSize;
    // With as many names as colours they have to share; before, each gets its own.
    for (let tries = 0; tries < paletteSize && taken.has(colour); tries++) {
      colour = (colour + 1) % paletteSize;
    }
    this.#colours.set(name, colour);
    return colour;
  }
}

/** FNV-1a: spreads names that differ in one letter. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
