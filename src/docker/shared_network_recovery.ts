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
