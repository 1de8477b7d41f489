import { isObject, type JsonObject, listOf, objectOf, textOf } from "../pod/json.ts";
import { runNestedSession } from "../mesos/agent_sessions/nested_session.ts";
import { isTaskPodName, podNameOf } from "../mesos/task/pod_name.ts";
import { loadTls, readTlsSettings } from "../mesos/wire/tls_settings.ts";
import { ExitCode, MesoletError, UsageError } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import { suggestionFor } from "../pod/suggestion.ts";
import type { PodRecord } from "../status/pod_record.ts";
import { readCredential } from "./cluster_access.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { execScript } from "./exec_script.ts";
import { Interrupted } from "./interrupts.ts";
import { openOperator, operatorPath } from "./operator_client.ts";
import { readContainer } from "./operator_records.ts";

type ExecInvocation = Invocation<Commands["exec"]["flags"]>;

/** `mesolet exec --operator URL NAME[/SLOT] [CONTAINER] COMMAND…`: the exit code is the command's. */
export async function run(invocation: ExecInvocation, address: string): Promise<number> {
  const { values, positionals, context } = invocation;
  const { clock, interrupts, terminal, variables } = context;
  const [target = "", ...words] = positionals;
  if (values.tty && values.noTty) throw new UsageError("-t and -T exclude each other");
  if (values.tty && !terminal.inputIsTerminal) {
    throw new UsageError("-t needs a terminal, and standard input is none: leave it out, or use -T");
  }
  const tty = values.tty || (!values.noTty && terminal.inputIsTerminal && terminal.outIsTerminal);
  const signal = AbortSignal.any([interrupts.graceful, context.out.closed]);
  const client = openOperator(address, { clock });
  const { name, slot, container: named } = readTarget(target);
  const pod = await client.pod(name, signal);
  const instance = slotOf(pod, slot);
  refuseNative(pod, instance);
  const answer = await client.json(operatorPath(["v1", "pods", name, "instances", String(instance)]), signal);
  const place = placeOf(isObject(answer) ? answer : {}, `instance ${instance} of the pod ${name}`);
  const { container, command } = chosenContainer(place.containers, named, words, name);
  const settings = readTlsSettings(variables);
  const tls = settings === undefined ? undefined : await loadTls(settings);
  const credential = await readCredential(values.principal, values.secretFile);
  const flags = flagsOf(invocation, tty);
  const ownChecksum = await checksumOfOwnFile(context.ownFile.path);
  if (tty) Deno.stdin.setRaw(true);
  try {
    return await runNestedSession({
      agent: place.agent,
      access: { clock, ...present({ tls, credential }) },
      frameworkId: place.framework,
      executorId: place.task,
      script: (executor) =>
        execScript({
          command: executor.command,
          ownChecksum,
          words: [
            "-p",
            nameOnEngine(place, name, executor.container),
            "exec",
            ...flags,
            container,
            ...command,
          ],
        }),
      stdin: Deno.stdin.readable,
      onOutput: async (stream, bytes) => {
        const out = stream === "stdout" ? context.out : context.error;
        out.writeBytes(bytes);
        await out.ready();
      },
      ...(tty
        ? {
          size: terminal.size(),
          resizes: (changed) => terminal.onResize(() => changed(terminal.size())),
        }
        : {}),
      signalNumber: () => numberOfSignal(interrupts.graceful.reason),
    }, signal);
  } finally {
    if (tty) Deno.stdin.setRaw(false);
  }
}

/** `NAME`, `NAME/SLOT`, `NAME.SLOT` or `NAME/SLOT/CONTAINER`. */
function readTarget(text: string) {
  const [, name, slot, container] = /^([^/.]+)(?:[/.](\d{1,6})(?:\/([^/]+))?)?$/.exec(text) ?? [];
  if (name === undefined) {
    throw new UsageError(`exec --operator takes NAME, NAME/SLOT or NAME/SLOT/CONTAINER, not "${text}"`);
  }
  return { name, slot: slot === undefined ? undefined : Number(slot), container };
}

/** The slot that was asked for, or the first that runs. */
function slotOf({ name, instances }: PodRecord, wanted: number | undefined): number {
  if (instances === undefined) {
    throw new UsageError(
      `the pod ${name} is on the operator's own host: run mesolet -p ${name} exec there, without --operator`,
    );
  }
  const found = wanted === undefined
    ? instances.find(({ state, ready }) => state === "running" && ready) ??
      instances.find(({ state }) => state === "running")
    : instances.find(({ slot, state }) => slot === wanted && state === "running");
  if (found !== undefined) return found.slot;
  const there = instances.map(({ slot, state }) => `${slot} is ${state}`).join(", ");
  throw new MesoletError(
    `Cannot run a command in the pod ${name}: no instance${wanted === undefined ? "" : ` ${wanted}`} runs (${
      there || "it has none"
    })`,
    ExitCode.failed,
  );
}

/** No program of ours is where the containers of such a pod are. */
function refuseNative({ name, instances = [] }: PodRecord, wanted: number): void {
  const tasks = instances.find(({ slot, state }) => slot === wanted && state === "running")?.tasks;
  if (tasks === undefined) return;
  const [first] = tasks;
  throw new UsageError(
    `the pod ${name} is run by the containerizer of Mesos (x-pod.containerizer), and exec reaches engines alone: use ` +
      `the command line of Mesos, such as mesos task exec ${first?.task ?? "TASK"} COMMAND`,
  );
}

/** Where an instance is, by `/v1/pods/NAME/instances/SLOT`. */
interface InstancePlace {
  readonly task: string;
  readonly framework: string;
  readonly agent: { readonly hostname: string; readonly port: number };
  /** The pod's name on the engine. */
  readonly pod: string;
  readonly containers: readonly string[];
}

function placeOf(answer: JsonObject, what: string): InstancePlace {
  const record = objectOf(answer["pod"]);
  const [, ipv6, host, port] =
    /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(textOf(objectOf(answer["agent"])["address"])) ??
      [];
  const hostname = ipv6 ?? host;
  const pod = textOf(record["pod"]);
  if (hostname === undefined || pod === "") {
    throw new MesoletError(`${what} has no containers yet: see mesolet ps --operator`, ExitCode.failed);
  }
  return {
    task: textOf(answer["task"]),
    framework: textOf(answer["framework"]),
    agent: { hostname, port: Number(port) },
    pod,
    containers: [
      ...new Set(listOf(record["containers"]).map((entry) => readContainer(objectOf(entry)).name)),
    ],
  };
}

/** The first word is the container where it is the name of one; a pod with one container needs none. */
function chosenContainer(
  containers: readonly string[],
  named: string | undefined,
  words: readonly string[],
  pod: string,
): { readonly container: string; readonly command: readonly string[] } {
  const [first, ...rest] = words;
  const [only, ...others] = containers;
  const isNamed = named === undefined && first !== undefined && containers.includes(first) &&
    (others.length > 0 || rest.length > 0);
  const container = named ?? (isNamed ? first : others.length === 0 ? only : undefined);
  if (container === undefined || !containers.includes(container)) {
    const near = suggestionFor(named ?? first ?? "", containers);
    throw new UsageError(
      `exec needs a container of the pod ${pod}: it has ${containers.join(", ")}${
        near === undefined ? "" : `; did you mean ${near}?`
      }`,
    );
  }
  const command = isNamed ? rest : words;
  if (command.length === 0) throw new UsageError("exec needs a command behind the container");
  return { container, command };
}

function flagsOf({ values, context: { variables } }: ExecInvocation, tty: boolean): string[] {
  const environment = values.env.flatMap((text) => {
    if (text.includes("=")) return [text];
    const value = variables[text];
    return value === undefined ? [] : [`${text}=${value}`];
  });
  return [
    tty ? "-t" : "-T",
    ...environment.flatMap((text) => ["-e", text]),
    ...(values.user === undefined ? [] : ["-u", values.user]),
    ...(values.workdir === undefined ? [] : ["-w", values.workdir]),
    ...(values.privileged ? ["--privileged"] : []),
    ...(values.index === undefined ? [] : ["--index", String(values.index)]),
  ];
}

/**
 * The pod's name on the engine. Containers may write to the sandbox where it stands: it has to be one of this very run
 * of the executor, by the hash at its end.
 */
function nameOnEngine(place: InstancePlace, pod: string, containerId: string): string {
  const { framework: frameworkId, task } = place;
  const computed = podNameOf({ name: pod, id: task }, { frameworkId, containerId });
  const isOfRun = place.pod.endsWith(computed.slice(-hashLength)) && isTaskPodName(place.pod);
  return isOfRun ? place.pod : computed;
}

/** With the dash in front of it. */
const hashLength = 11;

async function checksumOfOwnFile(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return undefined;
    }
    throw error;
  }
}

function numberOfSignal(reason: unknown): number {
  return reason instanceof Interrupted && reason.signalName === "SIGINT" ? 2 : 15;
}
