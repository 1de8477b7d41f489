import { sharedNetworkBody } from "../plan/shared_network.ts";
import type { EngineBody } from "../plan/step.ts";
import { sharedNetworkName } from "../pod/labels.ts";
import type { StepTools } from "./apply.ts";
import { segment } from "./connection.ts";
import { EngineError } from "./engine_error.ts";
import { listOf, objectOf, textOf } from "./json.ts";
import { inspectRaw } from "./observe.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * Whether a container could not be started because the network that all pods share is gone: with the last pod of
 * another process, or by hand. Engines name it, or give the id that it had when the container last ran.
 */
export async function lacksSharedNetwork(
  error: unknown,
  container: string,
  { connection }: StepTools,
  signal: AbortSignal,
): Promise<boolean> {
  if (!(error instanceof EngineError) || error.status !== 404) return false;
  const [, network] = /network (\S+) not found/.exec(error.message) ?? [];
  if (network === undefined || network === sharedNetworkName) return network !== undefined;
  const endpoint = endpointOf(await inspectRaw(connection, container, signal));
  return endpoint !== undefined && textOf(endpoint.NetworkID) === network;
}

/** Whether a container could not be started because there are two shared networks. */
export function hasTwoSharedNetworks(error: unknown): boolean {
  return error instanceof EngineError && error.message.includes(`network ${sharedNetworkName} is ambiguous`);
}

/**
 * Leaves one shared network. Engines before API 1.44 let two processes that make it at the same instant both have
 * theirs, and from then on start nothing on either of them. All who notice keep the oldest, unless only another one is
 * used: the engine itself refuses to remove what is.
 */
export async function removeSecondSharedNetwork(
  { connection }: StepTools,
  signal: AbortSignal,
): Promise<void> {
  const { body } = await connection.request({
    method: "GET",
    path: "/networks",
    query: { filters: JSON.stringify({ name: [sharedNetworkName] }) },
    call: `list networks ${sharedNetworkName}`,
    bound: TimeBounds.read,
    signal,
  });
  const all = listOf(body).map(objectOf).filter(({ Name: name }) => textOf(name) === sharedNetworkName)
    .map(({ Id: id, Created: created }) => ({ id: textOf(id), created: textOf(created) }))
    .sort((one, other) => `${one.created} ${one.id}` < `${other.created} ${other.id}` ? -1 : 1);
  const [oldest, ...others] = all;
  const isRemoved = async (id: string) => {
    const answer = await connection.request({
      method: "DELETE",
      path: `/networks/${segment(id)}`,
      call: `remove the second network ${sharedNetworkName}`,
      bound: TimeBounds.change,
      // It is used, or gone.
      accept: [403, 404, 409],
      signal,
    });
    return answer.status < 300 || answer.status === 404;
  };
  const removed: boolean[] = [];
  for (const { id } of others) removed.push(await isRemoved(id));
  if (oldest !== undefined && removed.includes(false)) await isRemoved(oldest.id);
}

/** Makes the shared network anew, and joins a container to it that knows the one that is gone. */
export async function restoreSharedNetwork(
  container: string,
  { connection, facts }: StepTools,
  signal: AbortSignal,
): Promise<void> {
  const post = async (path: string, body: EngineBody, call: string, accept: number[]) => {
    await connection.request({ method: "POST", path, body, call, bound: TimeBounds.create, accept, signal });
  };
  await post("/networks/create", sharedNetworkBody(facts), `create network ${sharedNetworkName}`, [409]);
  const endpoint = endpointOf(await inspectRaw(connection, container, signal));
  // One that never ran knows the network by its name alone.
  if (endpoint === undefined || textOf(endpoint.NetworkID) === "") return;
  const at = `/networks/${segment(sharedNetworkName)}`;
  const leave = `disconnect a container from network ${sharedNetworkName}`;
  await post(`${at}/disconnect`, { Container: container, Force: true }, leave, [403, 404, 409, 500]);
  // Names are all that mesolet gives a container on this network.
  const EndpointConfig = { Aliases: listOf(endpoint.Aliases).map(textOf) };
  const join = `connect a container to network ${sharedNetworkName}`;
  await post(`${at}/connect`, { Container: container, EndpointConfig }, join, []);
}

/** What a container knows of its place on the shared network. */
function endpointOf(inspected: Awaited<ReturnType<typeof inspectRaw>>) {
  const networks = objectOf(objectOf(inspected?.NetworkSettings).Networks);
  return sharedNetworkName in networks ? objectOf(networks[sharedNetworkName]) : undefined;
}
