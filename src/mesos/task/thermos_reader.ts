import type { ProblemList } from "../../compose/problem_list.ts";

export type ThermosFields = Readonly<Record<string, unknown>>;

/** Reads a job of Thermos, and tells what is wrong or not known by the path of its field. */
export class ThermosReader {
  /** @param name of the place that all paths are in: `TaskInfo.data` */
  constructor(readonly name: string, readonly problems: ProblemList) {}

  error(path: string, message: string): void {
    this.problems.error(`${this.name}: ${path}`, message);
  }

  warning(path: string, message: string): void {
    this.problems.warning(`${this.name}: ${path}`, message);
  }

  /** Warns of fields that nobody here knows: one that is misspelt is not to go in silence. */
  expect(path: string, fields: ThermosFields, known: readonly string[]): void {
    for (const [name, value] of Object.entries(fields)) {
      if (known.includes(name) || value === null) continue;
      this.warning(path === "" ? name : `${path}.${name}`, "has no effect: no such field is known here");
    }
  }

  fields(value: unknown, path: string): ThermosFields {
    if (value === undefined || value === null) return {};
    if (typeof value === "object" && !Array.isArray(value)) return Object.fromEntries(Object.entries(value));
    this.error(path, "must be a mapping");
    return {};
  }

  list(value: unknown, path: string): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.error(path, "must be a list");
    return [];
  }

  text(value: unknown, path: string): string | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return value;
    this.error(path, "must be text");
    return undefined;
  }

  /** A number of at least 0; clients write some of them as text. */
  number(value: unknown, path: string): number | undefined {
    if (value === undefined || value === null) return undefined;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number) && number >= 0) return number;
    this.error(path, "must be a number");
    return undefined;
  }
}
