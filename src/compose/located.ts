import { SpecError } from "../pod/errors.ts";
import type { ComposeResult } from "./request.ts";

/** Runs what may refuse a spec; the refusal gets its places. */
export async function located<Result>(
  source: Pick<ComposeResult, "locate">,
  work: () => Result,
): Promise<Result> {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError(await source.locate(error.problems), error.exitCode, { cause: error });
  }
}
