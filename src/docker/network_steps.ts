import type { EngineBody, Step } from "../plan/step.ts";
import type { StepTools } from "./apply.ts";
import { segment } from "./connection.ts";
import type { ApplyContext } from "./engine.ts";
import { refusedByEngine } from "./engine_error.ts";
import { listOf, objectOf, textOf, textsOf } from "./json.ts";
import { inspectRaw, lookUpNetworks } from "./observe.ts";
import { isSameByLabels, nameTaken, ownerOf } from "./ownership.ts";
import { fillIds, idOrName } from "./references.ts";
import { settle } from "./settle.ts";
import { removeStaleEndpoints } from "./stale_endpoints.ts";
import { TimeBounds } from "./time_bounds.ts";

/** How long endpoints that are just going away are waited for, in milliseconds. */
const endpointsBound = 10_000;

/** Creates a network; one of the same name with the same labels is adopted. */
export async function createNetwork(
  step: Step<"create-network">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const call = `create network ${step.name}`;
  const body = fillIds(step.body, context.ids);
  const answer = await tools.connection.request({
    method: "POST",
    path: "/networks/create",
    body,
    call,
    bound: TimeBounds.create,
    // 500 of Podman: see below.
    accept: [409, 500],
    signal: context.signal,
  });
  if (answer.status < 300) {
    const warning = textOf(objectOf(answer.body).Warning);
    if (warning !== "") context.onWarning?.(step, warning);
    return;
  }
  const said = saidIn(answer.body);
  if (answer.status === 500 && !/already (exists|used)/i.test(said)) throw refusedByEngine(call, 500, said);
  // By a list: asked for by its name, one of two networks of this name is ambiguous.
  const have = (await lookUpNetworks(tools.connection, [step.name], context.signal)).get(step.name) ?? null;
  if (have === null || have.name !== step.name) throw refusedByEngine(call, answer.status, said);
  if (isSameByLabels(have.labels, textsOf(body.Labels))) return;
  throw nameTaken(
    call,
    `the name ${step.name}`,
    `a network of ${ownerOf(have.labels)}`,
    `Remove it (docker network rm ${step.name}), or declare it as external`,
  );
}

/**
 * Removes a network. Endpoints of containers that were just removed are waited for, and those that the engine forgot are
 * taken away; a network that others use is left alone when the step says so.
 */
export async function removeNetwork(
  step: Step<"remove-network">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const call = `remove network ${step.name}`;
  if (step.ifUnused === true && await hasContainers(step.name, tools, context)) return;
  let said = "";
  const attempt = async () => {
    const answer = await tools.connection.request({
      method: "DELETE",
      path: `/networks/${segment(step.networkId ?? step.name)}`,
      call,
      bound: TimeBounds.change,
      // It has endpoints: 403 of Docker, 409 or 500 of Podman.
      accept: [403, 404, 409, 500],
      signal: context.signal,
    });
    if (answer.status < 300 || answer.status === 404) return true;
    said = saidIn(answer.body);
    if (answer.status === 500 && !/being used/i.test(said)) throw refusedByEngine(call, 500, said);
    // Nobody else would ever take them away.
    const { connection } = tools;
    if (await removeStaleEndpoints(step.networkId ?? step.name, connection, context.signal)) return false;
    return step.ifUnused === true;
  };
  await settle(
    tools.connection.clock,
    context.signal,
    attempt,
    () => refusedByEngine(call, 403, said),
    endpointsBound,
  );
}

/**
 * Whether a container is to be on a network, also one that was not started yet: the engine itself only counts those
 * that run, and would remove the network of a pod that is just coming up.
 */
async function hasContainers(network: string, tools: StepTools, context: ApplyContext): Promise<boolean> {
  const answer = await tools.connection.request({
    method: "GET",
    path: "/containers/json",
    query: { all: true, filters: JSON.stringify({ network: [network] }) },
    call: `look for containers on network ${network}`,
    bound: TimeBounds.read,
    signal: context.signal,
  });
  return listOf(answer.body).length > 0;
}

/** Connects a container to a network; one that is connected already is left as it is. */
export async function connectNetwork(
  step: Step<"connect-network">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const id = idOrName(step.target, context.ids);
  const call = `connect container ${step.target.name} to network ${step.network}`;
  const answer = await tools.connection.request({
    method: "POST",
    path: `/networks/${segment(step.network)}/connect`,
    body: { Container: id, EndpointConfig: endpointOf(fillIds(step.body, context.ids)) },
    call,
    bound: TimeBounds.change,
    accept: [403, 409, 500],
    signal: context.signal,
  });
  if (answer.status < 300) return;
  const container = await inspectRaw(tools.connection, id, context.signal);
  const networks = objectOf(objectOf(container?.NetworkSettings).Networks);
  if (networks[step.network] === undefined) throw refusedByEngine(call, answer.status, saidIn(answer.body));
}

/** A plan gives the endpoint itself, or the whole body of the call. */
function endpointOf(body: EngineBody): EngineBody[string] {
  return "EndpointConfig" in body ? body.EndpointConfig : body;
}

/** Disconnects a container from a network; one that is not connected is left as it is. */
export async function disconnectNetwork(
  step: Step<"disconnect-network">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const id = idOrName(step.target, context.ids);
  const call = `disconnect container ${step.target.name} from network ${step.network}`;
  const answer = await tools.connection.request({
    method: "POST",
    path: `/networks/${segment(step.network)}/disconnect`,
    body: { Container: id, Force: true },
    call,
    bound: TimeBounds.change,
    accept: [403, 404, 409, 500],
    signal: context.signal,
  });
  if (answer.status < 300 || answer.status === 404) return;
  const said = saidIn(answer.body);
  if (!/is not connected to/i.test(said)) throw refusedByEngine(call, answer.status, said);
}

function saidIn(body: unknown): string {
  return textOf(objectOf(body).message) || textOf(objectOf(body).cause);
}
