// The npm build of the standard library ships no types: these are for the parts that mesolet uses.

/** Options of {@linkcode parseArgs}. */
export interface ParseOptions {
  "--"?: boolean;
  alias?: Record<string, string | readonly string[]>;
  boolean?: boolean | string | readonly string[];
  string?: string | readonly string[];
  collect?: string | readonly string[];
  negatable?: string | readonly string[];
  default?: Record<string, unknown>;
  stopEarly?: boolean;
  unknown?: (argument: string, key?: string, value?: unknown) => unknown;
}

/** What {@linkcode parseArgs} found: flags by name, `_` for the rest. */
export interface ParsedArguments {
  _: (string | number)[];
  "--"?: string[];
  [flag: string]: unknown;
}

export function parseArgs(args: readonly string[], options?: ParseOptions): ParsedArguments;
export function unicodeWidth(text: string): number;
