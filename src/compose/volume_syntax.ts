/** The short syntax of a service's volumes: `[source:]target[:options]`. */

import { emptyMapping, type Mapping, mappingOf } from "./tree.ts";

const propagations = new Set(["rprivate", "private", "rshared", "shared", "rslave", "slave"]);

/**
 * Reads `[source:]target[:options]` into the long syntax.
 *
 * A source is a path where it starts with `.`, `/`, `~`, `\\` or a drive letter; otherwise it names a volume. Options
 * that are not known (`cached`, `delegated`) mean nothing on Linux and are passed over, as Docker Compose does.
 *
 * @throws {RangeError} where a part is empty or there are too many
 */
export function parseShortVolume(text: string): Mapping {
  if (text === "") throw new RangeError("an empty volume: write source:target or target");
  const parts = splitVolume(text);
  if (parts.some((part) => part === "")) {
    throw new RangeError(`${JSON.stringify(text)} has an empty part: write source:target[:options]`);
  }
  if (parts.length > 3) {
    throw new RangeError(`${JSON.stringify(text)} has too many colons: write source:target[:options]`);
  }
  const [first = "", second, options] = parts;
  const source = second === undefined ? undefined : first;
  const volume = mappingOf({ type: source !== undefined && isHostPath(source) ? "bind" : "volume" });
  if (source !== undefined) volume.source = source;
  volume.target = cleanPath(second ?? first);
  readOptions(options ?? "", volume);
  if (volume.type === "bind") {
    // A short bind has always made a missing directory.
    volume.bind = Object.assign((volume.bind as Mapping | undefined) ?? emptyMapping(), {
      create_host_path: true,
    });
  } else {
    volume.volume ??= emptyMapping();
  }
  return volume;
}

function readOptions(options: string, volume: Mapping): void {
  for (const option of options.split(",")) {
    if (option === "ro") volume.read_only = true;
    else if (option === "rw") delete volume.read_only;
    else if (option === "nocopy") volume.volume = mappingOf({ nocopy: true });
    else if (option === "z" || option === "Z") bindOf(volume).selinux = option;
    else if (propagations.has(option)) bindOf(volume).propagation = option;
  }
}

function bindOf(volume: Mapping): Mapping {
  const bind = (volume.bind as Mapping | undefined) ?? emptyMapping();
  volume.bind = bind;
  return bind;
}

/** Gives the target of a short volume, or undefined where it cannot be read. */
export function targetOfShortVolume(text: string): string | undefined {
  try {
    return parseShortVolume(text).target as string;
  } catch {
    return undefined;
  }
}

/** Splits at colons, but not after a drive letter nor inside `${…}` that is not interpolated yet. */
function splitVolume(text: string): string[] {
  if (text.length <= 2) return [text];
  const parts: string[] = [];
  let part = "";
  let open = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? "";
    if (character === "$" && text[index + 1] === "{") open++;
    else if (character === "}" && open > 0) open--;
    if (character === ":" && open === 0 && !isDriveLetter(part)) {
      parts.push(part);
      part = "";
    } else {
      part += character;
    }
  }
  parts.push(part);
  return parts;
}

function isDriveLetter(text: string): boolean {
  return /^\p{L}$/u.test(text);
}

function isHostPath(source: string): boolean {
  return /^(?:[./~]|\\\\|\p{L}:)/u.test(source);
}

/** Makes the shortest equal path: no `//`, `.` or `..` inside, no `/` at the end. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept[kept.length - 1] !== "..") kept.pop();
    else if (!rooted) kept.push("..");
  }
  const joined = kept.join("/");
  if (rooted) return `/${joined}`;
  return joined === "" ? "." : joined;
}
