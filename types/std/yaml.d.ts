// The npm build of the standard library ships no types: these are for the parts that mesolet uses.

/** Options of {@linkcode parse} and {@linkcode parseAll}. */
export interface ParseOptions {
  schema?: "failsafe" | "json" | "core" | "default" | "extended";
  allowDuplicateKeys?: boolean;
  onWarning?(error: Error): void;
}

/** Options of {@linkcode stringify}. */
export interface StringifyOptions {
  indent?: number;
  arrayIndent?: boolean;
  skipInvalid?: boolean;
  flowLevel?: number;
  sortKeys?: boolean | ((a: string, b: string) => number);
  lineWidth?: number;
  useAnchors?: boolean;
  compatMode?: boolean;
  condenseFlow?: boolean;
}

export function parse(content: string, options?: ParseOptions): unknown;
export function parseAll(content: string, options?: ParseOptions): unknown[];
export function stringify(data: unknown, options?: StringifyOptions): string;
