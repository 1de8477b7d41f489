import { ExitCode } from "../pod/errors.ts";
import { type Answer, type Candidate, candidatesFor, type NameSources } from "./candidates.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import type { GlobalValues } from "./global_flags.ts";
import { counted } from "./human.ts";
import { parseCommandLine } from "./parse.ts";

/** A person waits for the answer: later than this it is not worth having. */
const longestWait = 800;

/** `mesolet __complete WORD…`: what the completion scripts call. Never fails: without an answer it says nothing. */
export async function run(
  { positionals, context }: Invocation<Commands["__complete"]["flags"]>,
): Promise<number> {
  const stop = new AbortController();
  const sources: NameSources = {
    services: (words) => serviceNames(globalsOf(words, context), context, stop.signal),
    pods: (words) => podNames(globalsOf(words, context), context, stop.signal),
  };
  const answer = await Promise.race([
    // Completion is no place for errors: whatever is wrong is said when the command is run.
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

/** The global flags of a line that is not finished: as if help were asked for, nothing is missing in it. */
function globalsOf(words: readonly string[], context: CommandContext): GlobalValues {
  return parseCommandLine([...words, "--help"], context.variables).globals;
}

/** Services of the files; where there are none, those of the containers of the named pod. */
async function serviceNames(
  globals: GlobalValues,
  context: CommandContext,
  signal: AbortSignal,
): Promise<Candidate[]> {
  // Standard input is the shell's.
  if (globals.file.includes("-")) return [];
  const [{ loadCompose }, { composeRequestOf }] = await Promise.all([
    import("../compose/load.ts"),
    import("./compose_request.ts"),
  ]);
  try {
    const { project } = await loadCompose(composeRequestOf(globals, context));
    return Object.entries(project.services).map(([value, { image }]) => ({ value, meaning: image ?? "" }));
  } catch (error) {
    if (globals.projectName === undefined) throw error;
    const { podOfContainer, serviceOf } = await import("./observed_names.ts");
    const { isPause } = await import("../supervisor/replica_name.ts");
    const own = (await listed(globals, context, signal)).filter((container) =>
      !isPause(container) && podOfContainer(container) === globals.projectName
    );
    return [...new Map(own.map((container) => [serviceOf(container), container.image]))]
      .map(([value, meaning]) => ({ value, meaning }));
  }
}

async function podNames(
  globals: GlobalValues,
  context: CommandContext,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const { podOfContainer } = await import("./observed_names.ts");
  const { isPause } = await import("../supervisor/replica_name.ts");
  const counts = new Map<string, number>();
  for (const container of await listed(globals, context, signal)) {
    const pod = podOfContainer(container);
    counts.set(pod, (counts.get(pod) ?? 0) + (isPause(container) ? 0 : 1));
  }
  return [...counts].sort().map(([value, count]) => ({ value, meaning: counted(count, "container") }));
}

async function listed(globals: GlobalValues, context: CommandContext, signal: AbortSignal) {
  const { connectEngine } = await import("../docker/connect.ts");
  const engine = await connectEngine({
    host: globals.host,
    context: globals.context,
    environment: context.variables,
    clock: context.clock,
    signal,
  });
  try {
    return await engine.listContainers(undefined, signal);
  } finally {
    engine.close();
  }
}
