/** Where the fields of a merged model stand in the files that it was merged of. */

import type { Problem, SourcePosition } from "../pod/errors.ts";
import type { FoundProblem } from "./problems.ts";
import { formatPath, parsePath, type PathSegments } from "./tree.ts";
import type { LoadedExactReader, YamlLocator } from "./yaml_exact.ts";

/** A file that went into the model. */
interface Source {
  readonly file: string;
  /** For a file that a service extends: `services.base` of it is `services.web` of the model. */
  readonly renamed?: { readonly from: string; readonly to: string };
}

/** Finds positions in the texts of a project; each text is parsed when first needed. */
export class SourceMap {
  readonly #texts = new Map<string, string>();
  readonly #sources: Source[] = [];
  readonly #locators = new Map<string, YamlLocator>();

  /** Takes the text of a file, which places in it are counted in. */
  addText(file: string, text: string): void {
    this.#texts.set(file, text);
  }

  /** Says that a file is merged into the model; later files are merged over earlier ones. */
  addMerged(file: string): void {
    const before = this.#sources.findIndex((source) => source.file === file && source.renamed === undefined);
    if (before >= 0) this.#sources.splice(before, 1);
    this.#sources.push({ file });
  }

  /** Says that a service of the model starts from one of a file. */
  addExtended(file: string, from: string, to: string): void {
    this.#sources.push({ file, renamed: { from, to } });
  }

  /** Gives problems the positions of their fields, as far as they are found. */
  place(found: readonly FoundProblem[], reader: LoadedExactReader): Problem[] {
    return found.map((problem) => {
      const position = this.#positionOf(problem, reader);
      const base = {
        severity: problem.severity,
        message: problem.message,
        path: formatPath(problem.segments),
      };
      return position === undefined ? base : { ...base, position };
    });
  }

  /** Gives the position of a field of the merged model, or of what is nearest around it. */
  find(path: string, reader: LoadedExactReader): SourcePosition | undefined {
    return this.#search(parsePath(path), undefined, reader);
  }

  #positionOf(problem: FoundProblem, reader: LoadedExactReader): SourcePosition | undefined {
    const { file, line, offset, segments } = problem;
    if (file !== undefined && line !== undefined) return { file, line };
    if (file !== undefined && offset !== undefined) {
      return { file, ...this.#locator(file, reader).at(offset) };
    }
    const position = segments.length === 0 ? undefined : this.#search(segments, file, reader);
    return position ?? (file === undefined ? undefined : { file });
  }

  #search(
    segments: PathSegments,
    file: string | undefined,
    reader: LoadedExactReader,
  ): SourcePosition | undefined {
    let best: { position: SourcePosition; depth: number } | undefined;
    // From the last text back: what is merged last is what counts. The file that was being read comes first of all.
    const candidates = [...this.#sources].reverse();
    const rank = (source: Source) => source.renamed !== undefined ? 2 : source.file === file ? 0 : 1;
    candidates.sort((left, right) => rank(left) - rank(right));
    for (const source of candidates) {
      const path = renamed(segments, source);
      if (path === undefined) continue;
      const found = this.#locator(source.file, reader).find(path);
      // A name and its section are in most files; only what lies below them tells files apart.
      if (found === undefined || found.depth === 0 || (best !== undefined && found.depth <= best.depth)) {
        continue;
      }
      best = { position: { file: source.file, ...found.position }, depth: found.depth };
    }
    return best?.position;
  }

  #locator(file: string, reader: LoadedExactReader): YamlLocator {
    let locator = this.#locators.get(file);
    if (locator === undefined) {
      locator = reader.locate(this.#texts.get(file) ?? "");
      this.#locators.set(file, locator);
    }
    return locator;
  }
}

function renamed(segments: PathSegments, source: Source): PathSegments | undefined {
  if (source.renamed === undefined) return segments;
  if (segments[0] !== "services" || segments[1] !== source.renamed.to) return undefined;
  return ["services", source.renamed.from, ...segments.slice(2)];
}
