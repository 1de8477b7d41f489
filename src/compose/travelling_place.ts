import { joinPath } from "./paths.ts";

/** The directory of a spec that travels, and what of it is there where the spec arrives. */
export class SpecPlace {
  /** @param hasUris agents fetch something to where relative paths start from there */
  constructor(readonly directory: string, readonly hasUris: boolean) {}

  /** The path from the directory of the spec on, `./page`; undefined for one that is not below it. */
  relative(path: string): string | undefined {
    const absolute = joinPath(this.directory, path);
    if (absolute === this.directory) return ".";
    if (this.directory === "/" || !absolute.startsWith(`${this.directory}/`)) return undefined;
    return `.${absolute.slice(this.directory.length)}`;
  }
}

/** What a person can do about something that lies beside the spec. */
export const howToBring = "pack it, put the archive where agents can fetch it, and name that in x-pod.uris";
