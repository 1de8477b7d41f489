import { Label } from "../pod/labels.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import type { Connection } from "./connection.ts";
import { EngineError } from "./engine_error.ts";
import { listOf, objectOf } from "./json.ts";
import { observedContainerOf } from "./observe.ts";
import { ownerOf } from "./ownership.ts";
import { PortTakenError, type TakenPort } from "./port_taken_error.ts";
import { settle } from "./settle.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * The port that an engine's refusal to start a container is about; undefined when it is about something else. The
 * words are those of Docker 20 to 29 (`Bind for …`, `listen tcp4 …`, `host port …`) and of Podman (`listen tcp …`,
 * pasta's `bind port`).
 */
export function takenPortIn(said: string): TakenPort | undefined {
  if (!/already allocated|address already in use/i.test(said)) return undefined;
  const found =
    /(?:Bind for|listen (?:tcp|udp|sctp)[46]?|host port(?: for)?) (\[[^\]]*\]|\S*?):(\d{1,5})(?:[:/\s]|$)/i
      .exec(said);
  const port = Number(found?.[2] ?? /bind port (\d{1,5})/i.exec(said)?.[1] ?? 0);
  if (port === 0) return undefined;
  const hostAddress = (found?.[1] ?? "").replace(/^\[|\]$/g, "");
  const protocol = (/listen (tcp|udp|sctp)/i.exec(said) ?? /\d\/(tcp|udp|sctp)\b/i.exec(said))?.[1];
  return {
    port,
    ...(hostAddress === "" ? {} : { hostAddress }),
    ...(protocol === undefined ? {} : { protocol: protocol.toLowerCase() }),
  };
}

/**
 * The container of a list that has a port of the host; undefined when none has it. A pause container has ports for
 * others: then it is the one that it publishes for, where that one says so.
 */
export function holderOf(
  taken: TakenPort,
  containers: readonly ObservedContainer[],
): ObservedContainer | undefined {
  const matches = (port: ObservedContainer["ports"][number]) =>
    port.published === taken.port &&
    (taken.protocol === undefined || port.protocol === taken.protocol) &&
    (isWildcard(port.hostAddress) || isWildcard(taken.hostAddress) || port.hostAddress === taken.hostAddress);
  const holder = containers.find(({ ports }) => ports.some(matches));
  if (holder?.labels[Label.role] !== "pause") return holder;
  const own = holder.ports.filter(matches).map(({ target, protocol }) => `${target}/${protocol}`);
  return containers.find(({ labels }) =>
    labels[Label.pod] === holder.labels[Label.pod] &&
    (labels[Label.ports] ?? "").split(",").some((port) => own.includes(port))
  ) ?? holder;
}

function isWildcard(address: string | undefined): boolean {
  return address === undefined || ["", "0.0.0.0", "::"].includes(address);
}

/**
 * Says of a start that was refused for a port in use who has the port. One list call, made only then.
 *
 * @param name of the container that was to start
 * @returns `error` itself when it is about something else
 */
export async function explainPortTaken(
  error: EngineError,
  name: string,
  connection: Connection,
  signal: AbortSignal,
): Promise<EngineError> {
  const taken = takenPortIn(error.message);
  if (taken === undefined) return error;
  const port = `port ${taken.port}${taken.protocol === undefined ? "" : `/${taken.protocol}`} of the host`;
  const { holder, pod } = await holderOnEngine(taken, name, error, connection, signal);
  const who = holder === undefined && isAllocated(error)
    ? "a container that is just being started or stopped: try again"
    : whoAndRemedy(holder, pod);
  return new PortTakenError(error.call, taken, `${port} is taken by ${who}`, error);
}

/** Docker's own table has the port: so a container has it. Else it was the kernel that refused. */
function isAllocated(error: EngineError): boolean {
  return /already allocated/i.test(error.message);
}

/** How long a container that is being started is waited for until its ports are listed, in milliseconds. */
const listedWithin = 1_000;

async function holderOnEngine(
  taken: TakenPort,
  name: string,
  error: EngineError,
  connection: Connection,
  signal: AbortSignal,
): Promise<{ readonly holder?: ObservedContainer | undefined; readonly pod?: string | undefined }> {
  let found: Awaited<ReturnType<typeof holderOnEngine>> = {};
  try {
    await settle(
      connection.clock,
      signal,
      async () => {
        const containers = await allContainers(connection, signal);
        found = {
          holder: holderOf(taken, containers.filter((each) => each.name !== name)),
          pod: containers.find((each) => each.name === name)?.labels[Label.pod],
        };
        return found.holder !== undefined || !isAllocated(error);
      },
      () => error,
      listedWithin,
    );
  } catch (late) {
    // The refusal is what matters; who has the port is only a help.
    if (!(late instanceof EngineError)) throw late;
  }
  return found;
}

function whoAndRemedy(
  holder: ObservedContainer | undefined,
  ownPod: string | undefined,
): string {
  if (holder === undefined) {
    return "another process of the host, which is no container of this engine: publish another port, or end it";
  }
  const pod = holder.labels[Label.pod];
  const who = `container ${holder.name} of ${ownerOf(holder.labels)}`;
  if (pod === undefined) return `${who}: publish another port, or stop that (docker stop ${holder.name})`;
  if (pod === ownPod) return `${who} itself: publish a port for each container, or a range of them`;
  return `${who}: publish another port, or stop that (mesolet down ${pod})`;
}

async function allContainers(connection: Connection, signal: AbortSignal): Promise<ObservedContainer[]> {
  const answer = await connection.request({
    method: "GET",
    path: "/containers/json",
    query: { all: true },
    call: "list what publishes ports",
    bound: TimeBounds.read,
    signal,
  });
  return listOf(answer.body).map((entry) => observedContainerOf(objectOf(entry)));
}
