import { ExitCode } from "../pod/errors.ts";
import { type Answer, candidatesFor, type NameSources } from "./candidates.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";

/** A person waits for the answer: later than this it is not worth having. */
const longestWait = 800;

/** `mesolet __complete WORD…`: what the completion scripts call. Never fails: without an answer it says nothing. */
export async function run(
  { positionals, context }: Invocation<Commands["__complete"]["flags"]>,
): Promise<number> {
  const stop = new AbortController();
  const sources: NameSources = {
    services: () => Promise.resolve([]),
    pods: () => Promise.resolve([]),
  };
  const answer = await Promise.race([
    candidatesFor(positionals, sources).catch(() => undefined),
    context.clock.sleep(longestWait, stop.signal).catch(() => {}).then(() => undefined),
  ]);
  stop.abort();
  if (answer !== undefined) context.out.write(printed(answer));
  return ExitCode.ok;
}

/** One candidate a line with its meaning behind a tab; the directive on the last. */
export function printed(answer: Answer): string {
  const lines = answer.candidates.map(({ value, meaning }) =>
    meaning === "" ? value : `${value}\t${meaning}`
  );
  return [...lines, `:${answer.directive}`].join("\n") + "\n";
}
