import { denoFiles } from "../compose/deno_files.ts";
import { FileProblem } from "../compose/files.ts";
import { joinPath } from "../compose/paths.ts";
import { planPlacement } from "../mesos/framework/offline/plan_placement.ts";
import { type OffersDocument, readOffers } from "../mesos/framework/offline/read_offers.ts";
import type { PodWish } from "../mesos/framework/wish/pod_wish.ts";
import { wishOfPod } from "../mesos/framework/wish/wish_of_pod.ts";
import { ExitCode, MesoletError, SpecError, UsageError } from "../pod/errors.ts";
import { loadForCluster } from "./cluster_spec.ts";
import type { Commands } from "./commands.ts";
import { composeRequestOf } from "./compose_request.ts";
import type { CommandContext, Invocation } from "./context.ts";
import type { GlobalValues } from "./global_flags.ts";
import { policiesOfHost } from "./host_policies.ts";
import { placementJson, placementLines } from "./placement_text.ts";
import { printWarnings } from "./pod_spec.ts";

/**
 * `mesolet plan --offers FILE`: where the instances of a pod would go on a cluster, and what its agents lack.
 *
 * @param file the offers; `-` is standard input
 * @returns 0 when each instance finds a place, else 1
 */
export async function run(
  { globals, values, positionals, context }: Invocation<Commands["plan"]["flags"]>,
  file: string,
): Promise<number> {
  if (values.task !== undefined) throw new UsageError("--task and --offers exclude each other");
  if (positionals.length > 0) {
    throw new UsageError(`--offers is for a whole pod: leave ${positionals.join(" ")} out`);
  }
  const document = offersOf(file, context);
  const { wish, roles } = await wishOf(globals, context, values.role, document);
  const plan = planPlacement(wish, document, roles, context.clock.now());
  context.out.write(
    values.format === "json"
      ? `${JSON.stringify(placementJson(plan), null, 2)}\n`
      : `${placementLines(plan).join("\n")}\n`,
  );
  return plan.instances.every((instance) => "place" in instance) ? ExitCode.ok : ExitCode.failed;
}

function offersOf(file: string, { workingDirectory }: CommandContext): OffersDocument {
  let text: string;
  try {
    text = file === "-"
      ? denoFiles.readStandardInput()
      : denoFiles.readText(joinPath(workingDirectory, file));
  } catch (cause) {
    if (!(cause instanceof FileProblem)) throw cause;
    throw new MesoletError(`--offers ${file}: ${cause.message}`, ExitCode.noInput, { cause });
  }
  try {
    return readOffers(text);
  } catch (cause) {
    if (!(cause instanceof MesoletError)) throw cause;
    const lines = cause.message.split("\n").map((line) => `--offers ${file}: ${line}`);
    throw new MesoletError(lines.join("\n"), cause.exitCode, { cause });
  }
}

/** The spec as a wish of the cluster, as the operator would make it. */
async function wishOf(
  globals: GlobalValues,
  context: CommandContext,
  given: readonly string[],
  { offers }: OffersDocument,
): Promise<{ readonly wish: PodWish; readonly roles: readonly string[] }> {
  const { network, policy: file } = globals;
  const policies = await policiesOfHost({ file });
  const spec = await loadForCluster(composeRequestOf(globals, context), { network, policies });
  const { compose, pod, warnings, offeredPorts, travelling } = spec;
  // Without a word about it the framework has the roles that there are offers for.
  const roles = given.length > 0 ? given : [
    ...new Set([
      ...offers.map(({ allocation_info }) => allocation_info?.role ?? "*"),
      ...pod.cluster?.roles ?? [],
    ]),
  ];
  const { wish, problems } = wishOfPod({
    pod,
    origin: { directory: context.workingDirectory, files: pod.source.files },
    travelling,
    offeredPorts,
    roles,
  });
  const all = await compose.locate([...warnings, ...problems]);
  if (wish === undefined) throw new SpecError(all);
  await printWarnings(all, globals, context);
  return { wish, roles };
}
