import { ExitCode, UsageError } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import type { PodRecord } from "../status/pod_record.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { openOperator, type OperatorClient, operatorPath, OperatorRefusal } from "./operator_client.ts";
import { readWhy } from "./why_record.ts";
import { type Asked, isWell, problemText, whyLines } from "./why_text.ts";

/** Where an operator listens that was not told otherwise. */
const usualOperator = "http://127.0.0.1:10280";

/** `mesolet why NAME`: why a pod of an operator does not run. Exits with 1 when it does not. */
export async function run(
  { values, positionals, context }: Invocation<Commands["why"]["flags"]>,
): Promise<number> {
  const { clock, interrupts: { graceful: signal }, out } = context;
  const [name = ""] = positionals;
  const client = openOperator(values.operatorUrl ?? usualOperator, { clock });
  const asked = await ask(client, name, signal);
  const json = values.format === "json";
  if (typeof asked === "string") {
    // There is no pod yet, and its spec says why.
    out.write(
      json
        ? `${JSON.stringify({ pod: name, well: false, reason: asked }, null, 2)}\n`
        : `${name}: does not run: its spec is wrong: ${asked}\n`,
    );
    return ExitCode.failed;
  }
  const well = isWell(asked);
  if (json) out.write(`${JSON.stringify(jsonOf(asked, well), null, 2)}\n`);
  else out.write(`${whyLines(asked, clock.now()).join("\n")}\n`);
  return well ? ExitCode.ok : ExitCode.failed;
}

/** @returns what is wrong with the spec, where there is no pod because of that */
async function ask(client: OperatorClient, name: string, signal: AbortSignal): Promise<Asked | string> {
  let pod: PodRecord;
  try {
    pod = await client.pod(name, signal);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { problems } = await client.board(signal);
    const problem = problems.find(({ pod, file }) => (pod ?? podNameOf(file)) === name);
    if (problem === undefined) throw error;
    return problemText(problem);
  }
  if (pod.instances === undefined) return { pod, why: undefined };
  try {
    return { pod, why: readWhy(await client.json(operatorPath(["v1", "pods", name, "why"]), signal)) };
  } catch (error) {
    // One of an older version, or the pod has just gone: its instances are known already.
    if (!(error instanceof OperatorRefusal) || error.status !== 404) throw error;
    return { pod, why: undefined };
  }
}

/** What a pod is called whose spec could not be read: as its file. */
function podNameOf(file: string): string {
  return (file.split("/").at(-1) ?? "").replace(/\.(ya?ml|json)$/, "");
}

function jsonOf({ pod, why }: Asked, well: boolean): Record<string, unknown> {
  return present({
    pod: pod.name,
    well,
    phase: pod.phase,
    reason: pod.reason,
    since: pod.since,
    problem: pod.problem,
    master: why?.master,
    instances: why?.instances ?? pod.instances,
    containers: pod.instances === undefined ? pod.containers : undefined,
  });
}
