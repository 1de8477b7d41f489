import { isObject, listOf, objectOf, textOf } from "../pod/json.ts";
import { ExitCode, MesoletError, UsageError } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import { suggestionFor } from "../pod/suggestion.ts";
import type {
  BoardRecord,
  ContainerRecord,
  InstanceRecord,
  InstanceTaskRecord,
  PodRecord,
  ProblemRecord,
} from "../status/pod_record.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { warningLine } from "./error_report.ts";
import { type ListedRow, rowJson, rowTable } from "./operator_rows.ts";
import { openOperator, type OperatorClient, operatorPath } from "./operator_client.ts";
import { readContainer } from "./operator_records.ts";
import { noMasterText, problemText } from "./why_text.ts";

/** Instances whose agents are asked at a time. */
const askedAtOnce = 8;

/** `mesolet ps --operator URL [NAME…]`: the pods of an operator, or of those named the containers. */
export async function run(
  { globals, values, positionals, context }: Invocation<Commands["ps"]["flags"]>,
  address: string,
): Promise<number> {
  const { clock, interrupts: { graceful: signal }, out, outStyle, terminal } = context;
  const client = openOperator(address, { clock });
  const board = await client.board(signal);
  const pods = chosenPods(board.pods, positionals, client);
  const withContainers = values.containers || positionals.length > 0;
  const rows = withContainers ? await containerRows(pods, client, signal) : pods.flatMap(instanceRows);
  if (values.quiet) {
    out.write(
      rows.flatMap(({ container, task }) => container?.id ?? task ?? []).map((id) => `${id}\n`).join(""),
    );
  } else if (values.services) {
    const names = rows.flatMap(({ pod, container }) => withContainers ? container?.name ?? [] : pod.name);
    out.write([...new Set(names)].map((name) => `${name}\n`).join(""));
  } else if (values.format === "json") {
    out.write(`${JSON.stringify(rows.map(rowJson), null, 2)}\n`);
  } else {
    const narrow = terminal.outIsTerminal && !values.noTrunc;
    const lines = rowTable(rows, {
      now: clock.now(),
      style: outStyle,
      ...(narrow ? { width: terminal.size().columns } : {}),
    });
    out.write(`${lines.join("\n")}\n`);
  }
  const warn = (text: string) => context.error.write(`${warningLine(text, context.errorStyle)}\n`);
  if (!globals.quiet && !values.quiet && !values.services) {
    if (!board.ready) {
      warn(`the operator is not ready yet${board.waitsFor === undefined ? "" : `: ${board.waitsFor}`}`);
    }
    // While it waits for its first master, that has been said.
    if (board.ready && board.cluster?.connected === false) warn(noMasterText(board.cluster));
    for (const { problem } of pods) if (problem !== undefined) warn(problemText(problem));
    // A spec that never was right has no pod, and would be passed over in silence.
    for (const problem of positionals.length === 0 ? podless(board) : []) warn(problemText(problem));
  }
  return ExitCode.ok;
}

function podless({ pods, problems }: BoardRecord): readonly ProblemRecord[] {
  const told = new Set(pods.flatMap(({ problem }) => problem?.file ?? []));
  return problems.filter(({ file, severity }) => severity === "error" && !told.has(file));
}

function chosenPods(
  pods: readonly PodRecord[],
  names: readonly string[],
  { address }: OperatorClient,
): readonly PodRecord[] {
  for (const name of names) {
    if (pods.some((pod) => pod.name === name)) continue;
    const near = suggestionFor(name, pods.map((pod) => pod.name));
    throw new UsageError(
      `the operator at ${address.text} has no pod ${name}${
        near === undefined ? "" : `: did you mean ${near}?`
      }`,
    );
  }
  return names.length === 0 ? pods : pods.filter(({ name }) => names.includes(name));
}

/** Of a pod on the operator's own host there are no instances, and its containers are known. */
function instanceRows(pod: PodRecord): ListedRow[] {
  if (pod.instances === undefined) return localRows(pod);
  return pod.instances.map((instance) => ({ pod, instance, ...present({ task: instance.task }) }));
}

function localRows(pod: PodRecord): ListedRow[] {
  return pod.containers.length === 0 ? [{ pod }] : pod.containers.map((container) => ({ pod, container }));
}

async function containerRows(
  pods: readonly PodRecord[],
  client: OperatorClient,
  signal: AbortSignal,
): Promise<ListedRow[]> {
  const wanted = pods.flatMap((pod): { pod: PodRecord; instance?: InstanceRecord }[] =>
    pod.instances === undefined ? [{ pod }] : pod.instances.map((instance) => ({ pod, instance }))
  );
  const rows: ListedRow[][] = wanted.map(() => []);
  let next = 0;
  const work = async () => {
    while (next < wanted.length) {
      const index = next++;
      const one = wanted[index];
      if (one === undefined) return;
      const { pod, instance } = one;
      rows[index] = instance === undefined
        ? localRows(pod)
        : await rowsOfInstance(pod, instance, client, signal);
    }
  };
  await Promise.all(Array.from({ length: askedAtOnce }, work));
  return rows.flat();
}

async function rowsOfInstance(
  pod: PodRecord,
  instance: InstanceRecord,
  client: OperatorClient,
  signal: AbortSignal,
): Promise<ListedRow[]> {
  const common = { pod, instance, ...present({ task: instance.task }) };
  if (instance.task === undefined) return [common];
  if (instance.tasks !== undefined) {
    return instance.tasks.map((task) => ({ ...common, container: containerOfTask(task) }));
  }
  try {
    const containers = await containersOfInstance(pod.name, instance.slot, client, signal);
    return containers.length === 0 ? [common] : containers.map((container) => ({ ...common, container }));
  } catch (error) {
    if (signal.aborted || !(error instanceof MesoletError)) throw error;
    return [{ ...common, trouble: error.message }];
  }
}

/** A container that the containerizer of Mesos runs, as far as its task tells. */
function containerOfTask({ container, task, state, healthy, reason }: InstanceTaskRecord): ContainerRecord {
  const [, name = container, number = "1"] = /^(.*)-(\d+)$/.exec(container) ?? [];
  return present({
    name,
    number: Number(number),
    containerName: task,
    image: "",
    essential: true,
    state,
    health: healthy === undefined ? undefined : healthy ? "healthy" : "unhealthy",
    reason,
    outOfMemory: false,
    restarts: 0,
    addresses: [],
    ports: [],
  });
}

/** The containers of an instance as its executor wrote them down. */
export async function containersOfInstance(
  pod: string,
  slot: number,
  client: OperatorClient,
  signal: AbortSignal,
): Promise<readonly ContainerRecord[]> {
  const answer = await client.json(operatorPath(["v1", "pods", pod, "instances", String(slot)]), signal);
  const record = isObject(answer) ? objectOf(answer["pod"]) : {};
  return listOf(record["containers"]).map(objectOf).map(readContainer).filter(({ name }) =>
    textOf(name) !== ""
  );
}
