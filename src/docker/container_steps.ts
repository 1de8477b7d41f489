import { Label } from "../pod/labels.ts";
import { pauseImageName } from "../pod/names.ts";
import type { Step } from "../plan/step.ts";
import type { StepTools } from "./apply.ts";
import { type Connection, segment } from "./connection.ts";
import { containerDetailOf } from "./detail.ts";
import type { ApplyContext, ContainerDetail } from "./engine.ts";
import { EngineError, hasStatus, notUnderstood, refusedByEngine } from "./engine_error.ts";
import { loadPauseImageAs } from "./image_steps.ts";
import { listOf, objectOf, textOf, textsOf } from "./json.ts";
import { inspectRaw } from "./observe.ts";
import { isSameByLabels, nameTaken, ownerOf } from "./ownership.ts";
import { explainPortTaken } from "./port_taken.ts";
import { fillIds, idOrName } from "./references.ts";
import { settle } from "./settle.ts";
import {
  hasTwoSharedNetworks,
  lacksSharedNetwork,
  removeSecondSharedNetwork,
  restoreSharedNetwork,
} from "./shared_network_recovery.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * Creates a container. A name that is taken is looked at: the same container (same pod, same hash) is adopted, one
 * that is just going away is waited for.
 *
 * @throws {EngineError} naming the owner, when the name is somebody else's
 */
export async function createContainer(
  step: Step<"create-container">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const body = fillIds(step.body, context.ids);
  const call = `create container ${step.name}`;
  const create = async () =>
    await tools.connection.request({
      method: "POST",
      path: "/containers/create",
      query: { name: step.name, platform: step.platform },
      body,
      call,
      bound: TimeBounds.create,
      accept: [404, 409, 500],
      signal: context.signal,
    });
  await settle(tools.connection.clock, context.signal, async () => {
    const answer = await create();
    if (answer.status === 404) {
      const said = saidIn(answer.body);
      // The last pod of another process went away, and the image with it, after this plan was made.
      if (body.Image !== pauseImageName || !/no such image/i.test(said)) {
        throw refusedByEngine(call, 404, said);
      }
      await loadPauseImageAs(pauseImageName, tools, context);
      return false;
    }
    if (answer.status === 500) {
      const said = saidIn(answer.body);
      // Podman's answer to a name that is taken.
      if (!/already in use/i.test(said)) throw refusedByEngine(call, 500, said);
    }
    if (answer.status < 300) {
      const id = textOf(objectOf(answer.body).Id);
      if (id === "") throw notUnderstood(call, "it has no id");
      context.ids.set(step.name, id);
      for (const warning of listOf(objectOf(answer.body).Warnings)) {
        if (textOf(warning) !== "") context.onWarning?.(step, textOf(warning));
      }
      return true;
    }
    const have = await inspectRaw(tools.connection, step.name, context.signal);
    // Gone between the two calls: the name is free again.
    if (have === null) return false;
    const detail = containerDetailOf(have);
    if (detail.state === "removing") return false;
    const wanted = textsOf(body.Labels);
    if (detail.name === step.name && isSameByLabels(detail.labels, wanted)) {
      context.ids.set(step.name, detail.id);
      return true;
    }
    throw nameTaken(
      call,
      `the name ${step.name}`,
      describe(detail, wanted[Label.pod]),
      `Look at it (docker inspect ${detail.id.slice(0, 12)}) and remove or rename it`,
    );
  }, () => refusedByEngine(call, 409, `the name is still used by a container that is being removed`));
}

function describe(detail: ContainerDetail, pod: string | undefined): string {
  const id = detail.id.slice(0, 12);
  if (detail.labels[Label.pod] === pod && pod !== undefined) {
    return `container ${id} of this pod, which was made from another definition`;
  }
  return `container ${id} of ${ownerOf(detail.labels)}`;
}

/** How often a second shared network is removed for one start. */
const duplicateTries = 5;

/** Starts a container; one that runs already is left as it is. */
export async function startContainer(
  step: Step<"start-container">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const container = idOrName(step.target, context.ids);
  const start = async () => {
    try {
      await tools.connection.request({
        method: "POST",
        path: `/containers/${segment(container)}/start`,
        call: `start container ${step.target.name}`,
        bound: TimeBounds.start,
        accept: [304],
        signal: context.signal,
      });
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw await explainPortTaken(error, step.target.name, tools.connection, context.signal);
    }
  };
  const startOnOne = async () => {
    // Another one may be made by who began before it could see the first.
    for (let left = duplicateTries;; left--) {
      try {
        return await start();
      } catch (error) {
        if (!hasTwoSharedNetworks(error) || left === 0) throw error;
        await removeSecondSharedNetwork(tools, context.signal);
      }
    }
  };
  try {
    await startOnOne();
  } catch (error) {
    if (!await lacksSharedNetwork(error, container, tools, context.signal)) throw error;
    await restoreSharedNetwork(container, tools, context.signal);
    await startOnOne();
  }
}

/** Sends a signal; one that ended already needs none. */
export async function killContainer(
  step: Step<"kill-container">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  await sendSignal(tools.connection, {
    id: idOrName(step.target, context.ids),
    name: step.target.name,
    signal: step.signal,
    abort: context.signal,
  });
}

/** Sends a signal to a container; a container that does not run (409) or is gone (404) is fine. */
export async function sendSignal(
  connection: Connection,
  request: {
    readonly id: string;
    readonly name: string;
    readonly signal: string;
    readonly abort: AbortSignal;
  },
): Promise<void> {
  await connection.request({
    method: "POST",
    path: `/containers/${segment(request.id)}/kill`,
    query: { signal: request.signal },
    call: `send ${request.signal} to container ${request.name}`,
    bound: TimeBounds.change,
    accept: [404, 409],
    signal: request.abort,
  });
}

/** How long containers that are just being removed may keep the one whose namespaces they use, in milliseconds. */
const dependentsBound = 10_000;

/** Removes a container, and waits until one that is already being removed is gone. */
export async function removeContainer(
  step: Step<"remove-container">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const id = idOrName(step.target, context.ids);
  const call = `remove container ${step.target.name}`;
  const remove = async () =>
    await tools.connection.request({
      method: "DELETE",
      path: `/containers/${segment(id)}`,
      query: { force: step.force || undefined, v: step.volumes || undefined },
      call,
      bound: TimeBounds.remove,
      accept: [404, 409, 500],
      signal: context.signal,
    });
  let said = "";
  await settle(
    tools.connection.clock,
    context.signal,
    async () => {
      const answer = await remove();
      said = saidIn(answer.body);
      if (answer.status < 300 || answer.status === 404) return true;
      if (answer.status === 409 && /already in progress/i.test(said)) {
        await waitUntilGone(tools.connection, id, context.signal, () => refusedByEngine(call, 409, said));
        return true;
      }
      // Podman keeps a container whose namespaces others use, until those are gone: they may be on their way.
      if (answer.status === 500 && /dependent containers/i.test(said)) return false;
      throw refusedByEngine(call, answer.status, said);
    },
    () => refusedByEngine(call, 500, said),
    dependentsBound,
  );
  if (context.ids.get(step.target.name) === step.target.id || step.target.id === undefined) {
    context.ids.delete(step.target.name);
  }
}

async function waitUntilGone(
  connection: Connection,
  id: string,
  signal: AbortSignal,
  late: () => Error,
): Promise<void> {
  await settle(connection.clock, signal, async () => await inspectRaw(connection, id, signal) === null, late);
}

/** Renames a container; one that has the name already is left as it is. */
export async function renameContainer(
  step: Step<"rename-container">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const id = idOrName(step.target, context.ids);
  const call = `rename container ${step.target.name} to ${step.to}`;
  try {
    await tools.connection.request({
      method: "POST",
      path: `/containers/${segment(id)}/rename`,
      query: { name: step.to },
      call,
      bound: TimeBounds.change,
      signal: context.signal,
    });
  } catch (error) {
    // Docker answers 409 for a name that is taken, also by the container itself, and 400 when nothing would change;
    // 404 when the container was known by its old name only.
    if (!hasStatus(error, 409) && !hasStatus(error, 400) && !hasStatus(error, 404)) throw error;
    const holder = await inspectRaw(tools.connection, step.to, context.signal);
    if (holder === null) throw error;
    const detail = containerDetailOf(holder);
    // By its label only where the id is not known: what was set aside may itself have been a replacement.
    const isItself = detail.id === id ||
      (id === step.target.name && detail.labels[Label.replaces] === step.to);
    if (detail.name !== step.to || !isItself) {
      throw nameTaken(call, `the name ${step.to}`, describe(detail, undefined), "Remove or rename that one");
    }
    context.ids.set(step.to, detail.id);
    context.ids.delete(step.target.name);
    return;
  }
  context.ids.delete(step.target.name);
  // The name is an id in disguise when neither the plan nor a step before knew the id: look nothing up for that.
  if (id !== step.target.name) context.ids.set(step.to, id);
}

/** Changes the engine's own restart policy of a container. */
export async function updateContainer(
  step: Step<"update-container">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  const answer = await tools.connection.request({
    method: "POST",
    path: `/containers/${segment(idOrName(step.target, context.ids))}/update`,
    body: fillIds(step.body, context.ids),
    call: `update container ${step.target.name}`,
    bound: TimeBounds.change,
    // Podman before 5 does not have this call; its answer to an unknown one is no JSON.
    accept: tools.facts.kind === "podman" ? [404] : [],
    signal: context.signal,
  });
  if (answer.status === 404 && saidIn(answer.body) === "") {
    context.onWarning?.(step, "this engine cannot change a restart policy in place: it stays as it was");
    return;
  }
  if (answer.status === 404) {
    throw refusedByEngine(`update container ${step.target.name}`, 404, saidIn(answer.body));
  }
  for (const warning of listOf(objectOf(answer.body).Warnings)) {
    if (textOf(warning) !== "") context.onWarning?.(step, textOf(warning));
  }
}

function saidIn(body: unknown): string {
  return textOf(objectOf(body).message) || textOf(objectOf(body).cause);
}
