import { isObject, objectOf, textOf } from "../pod/json.ts";
import { ExitCode, UsageError } from "../pod/errors.ts";
import { suggestionFor } from "../pod/suggestion.ts";
import type { PodRecord } from "../status/pod_record.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { LogWriter } from "./log_writer.ts";
import { openOperator, type OperatorClient, operatorPath, OperatorRefusal } from "./operator_client.ts";
import { containersOfInstance } from "./operator_ps.ts";
import { styleFor } from "./style.ts";

/** `mesolet logs --operator URL NAME [CONTAINER…]`. */
export async function run(
  { values, positionals, context }: Invocation<Commands["logs"]["flags"]>,
  address: string,
): Promise<number> {
  const { clock, interrupts, out, outStyle } = context;
  const [name, ...containers] = positionals;
  if (name === undefined) {
    throw new UsageError("logs --operator needs the name of a pod: mesolet ps --operator lists them");
  }
  if (values.since !== undefined || values.until !== undefined) {
    throw new UsageError("--since and --until are for the pods of this host: an operator takes --tail");
  }
  const signal = AbortSignal.any([interrupts.graceful, out.closed]);
  const client = openOperator(address, { clock });
  const pod = await client.pod(name, signal);
  const ofCluster = pod.instances !== undefined;
  if (!ofCluster && (values.instance !== undefined || values.previous)) {
    throw new UsageError(
      `--instance and --previous are for pods on a cluster, and ${name} is on the operator's host`,
    );
  }
  const slots = pod.instances?.map(({ slot }) => slot);
  if (values.instance !== undefined && !values.previous && slots?.includes(values.instance) === false) {
    throw new UsageError(`the pod ${name} has no instance ${values.instance} (it has ${slots.join(", ")})`);
  }
  await checkContainers(pod, containers, values.instance, client, signal);
  const [only, ...others] = containers;
  const path = operatorPath(["v1", "pods", name, "logs"], {
    container: others.length === 0 ? only : undefined,
    instance: values.instance?.toString(),
    previous: values.previous ? "true" : undefined,
    follow: values.follow ? "true" : undefined,
    tail: tailOf(values.tail),
  });
  const writer = new LogWriter(out, {
    style: values.noColor ? styleFor(false) : outStyle,
    prefix: !values.noLogPrefix,
    timestamps: values.timestamps,
  }, []);
  for await (const text of client.lines(path, { accept: "application/x-ndjson" }, signal)) {
    const line = lineOf(text);
    if (line === undefined || !isWanted(line.container, containers, values.index)) continue;
    await writer.write(line.container, line);
  }
  if (interrupts.graceful.aborted) throw interrupts.graceful.reason;
  return ExitCode.ok;
}

interface ToldLine {
  /** `api-1`, or of a cluster `0/api-1`. */
  readonly container: string;
  readonly time: string;
  readonly text: string;
}

function lineOf(text: string): ToldLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return undefined;
    const { container, time, text: said } = objectOf(value);
    return { container: textOf(container), time: textOf(time), text: textOf(said) };
  } catch {
    return undefined;
  }
}

/** What the operator itself says of an instance is for everybody. */
function isWanted(container: string, wanted: readonly string[], index: number | undefined): boolean {
  const [, name = "", number = ""] = /^(?:\d+\/)?(.+)-(\d+)$/.exec(container) ?? [];
  if (name === "") return true;
  return (wanted.length === 0 || wanted.includes(name)) && (index === undefined || Number(number) === index);
}

/** A name that is no container's would print nothing, and be no error. */
async function checkContainers(
  pod: PodRecord,
  wanted: readonly string[],
  instance: number | undefined,
  client: OperatorClient,
  signal: AbortSignal,
): Promise<void> {
  if (wanted.length === 0) return;
  let known = pod.containers;
  const slot = instance ?? pod.instances?.find(({ task }) => task !== undefined)?.slot;
  if (pod.instances !== undefined) {
    if (slot === undefined) return;
    try {
      known = await containersOfInstance(pod.name, slot, client, signal);
    } catch (error) {
      // An agent that does not answer is told of among the lines.
      if (!(error instanceof OperatorRefusal)) throw error;
    }
  }
  const names = [...new Set(known.map(({ name }) => name))];
  for (const name of names.length === 0 ? [] : wanted) {
    if (names.includes(name)) continue;
    const near = suggestionFor(name, names);
    throw new UsageError(
      `the pod ${pod.name} has no container ${name}${
        near === undefined ? ` (it has ${names.join(", ")})` : `: did you mean ${near}?`
      }`,
    );
  }
}

function tailOf(text: string | undefined): string {
  // A negative number is all, as for Docker.
  if (text === undefined || text === "all" || /^-\d+$/.test(text)) return "all";
  if (/^\d{1,9}$/.test(text)) return text;
  throw new UsageError(`--tail takes a number of lines or all, not "${text}"`);
}
