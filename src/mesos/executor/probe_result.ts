/** What one try of a check found. */
export type ProbeResult =
  | { readonly kind: "command"; readonly exitCode: number }
  | { readonly kind: "http"; readonly statusCode: number }
  | { readonly kind: "tcp"; readonly succeeded: boolean }
  /** It could not be made, or was not answered in time. The reason is in words, without a full stop. */
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Makes one try. Never rejects but with the signal's reason when that is aborted: the try is ended then, and nothing
 * of it goes on.
 */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>;

/** A result in words: `the command exited with code 1`. */
export function resultInWords(result: ProbeResult): string {
  switch (result.kind) {
    case "command":
      return `the command exited with code ${result.exitCode}`;
    case "http":
      return `the answer was HTTP ${result.statusCode}`;
    case "tcp":
      return result.succeeded ? "the port takes connections" : "the port takes no connection";
    case "failed":
      return result.reason;
  }
}
