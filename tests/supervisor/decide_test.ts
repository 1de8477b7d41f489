import { assertEquals } from "../support/assert.ts";
import { podFrom } from "../support/supervising.ts";
import { Label } from "../../src/pod/labels.ts";
import type { ContainerDetail, EngineEvent } from "../../src/docker/engine.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import type { Plan } from "../../src/plan/step.ts";
import type { ContainerRecord } from "../../src/supervisor/container_record.ts";
import { decide } from "../../src/supervisor/decide.ts";
import { supervisionBounds } from "../../src/supervisor/supervision_bounds.ts";
import {
  initialState,
  type Message,
  nextTick,
  type SupervisorState,
} from "../../src/supervisor/supervisor_state.ts";

/** A time; a container is started at `start`, and `now` is a minute later. */
const start = 1_000_000;
const now = start + 60_000;

const pod = await podFrom(
  '  web: {image: busybox, restart: always}\n  job: {image: busybox, restart: "no"}\n  side: {image: busybox}\n',
  "  essential: [web]\n",
);
const key = (name: string) => `container ${name} 1`;
const labels = (name: string) => ({ [Label.pod]: "shop", [Label.container]: name, [Label.number]: "1" });

/** A pod whose containers all run. */
function running(changes: Partial<SupervisorState> = {}): SupervisorState {
  const settings = { atEnd: "remove", found: "start", whenLaunchFails: "end", byHand: "judge" } as const;
  const state = initialState(pod, settings, supervisionBounds, start);
  const containers = new Map([...state.containers].map(([id, record]): [string, ContainerRecord] => [id, {
    ...record,
    id: `id-${record.name}`,
    life: { kind: "running", paused: false },
    startedAt: start,
  }]));
  return { ...state, mode: "running", listed: true, reached: true, satisfied: true, containers, ...changes };
}

/** The same, with one container changed. */
function withContainer(name: string, changes: Partial<ContainerRecord>, state = running()): SupervisorState {
  const record = state.containers.get(key(name));
  if (record === undefined) throw new Error(name);
  return { ...state, containers: new Map([...state.containers, [record.key, { ...record, ...changes }]]) };
}

function event(action: EngineEvent["action"], name: string, more: Partial<EngineEvent> = {}): Message {
  return {
    kind: "event",
    event: {
      action,
      containerId: `id-${name}`,
      containerName: `shop-${name}-1`,
      labels: labels(name),
      time: now,
      ...more,
    },
  };
}

function postMortem(name: string, change: Partial<ContainerDetail> = {}): Message {
  return {
    kind: "post-mortem",
    key: key(name),
    id: `id-${name}`,
    detail: {
      id: `id-${name}`,
      name: `shop-${name}-1`,
      labels: labels(name),
      state: "exited",
      exitCode: 1,
      outOfMemory: false,
      error: "",
      startedAt: start,
      finishedAt: now,
      engineRestarts: 0,
      restartPolicy: "no",
      tty: false,
      addresses: [],
      ...change,
    },
    lastLog: [],
  };
}

function listed(name: string, change: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    id: `id-${name}`,
    name: `shop-${name}-1`,
    image: "busybox",
    imageId: "sha256:0001",
    state: "running",
    labels: labels(name),
    created: start / 1_000,
    networks: {},
    networkMode: "bridge",
    mounts: [],
    ports: [],
    ...change,
  };
}

function list(...containers: ObservedContainer[]): Message {
  return { kind: "listed", containers, details: new Map() };
}

const all = [listed("web"), listed("job"), listed("side")];
const dying = { kind: "dying", losses: 0, withEngine: false } as const;
const plan = (...steps: Plan["steps"]): Plan => ({ pod: "shop", steps, warnings: [] });
const work = { generation: 1, pod, stage: "walking", touches: new Set(["id-web"]), pulls: 0 } as const;

interface Case {
  readonly name: string;
  readonly state?: SupervisorState;
  readonly message: Message;
  readonly at?: number;
  /** Kinds of effects, with what they are about. */
  readonly effects: readonly string[];
  /** Container and kind of life, of those that matter. */
  readonly lives?: Readonly<Record<string, string>>;
  readonly mode?: SupervisorState["mode"];
}

const cases: readonly Case[] = [
  {
    name: "begin: everything is listed",
    state: running({ listed: false }),
    message: { kind: "begin" },
    effects: ["list"],
  },
  {
    name: "an end is looked at before it is judged",
    message: event("die", "web", { exitCode: 1 }),
    effects: ["look container web 1"],
    lives: { web: "dying" },
  },
  {
    name: "the end of a container of another life is not of interest",
    message: event("die", "web", { containerId: "old" }),
    effects: [],
    lives: { web: "running" },
  },
  {
    name: "the end of a container that the plan stops is no failure",
    state: running({ work }),
    message: event("die", "web", { exitCode: 143 }),
    effects: [],
    lives: { web: "waiting" },
  },
  {
    name: "an end is judged by the restart policy",
    state: withContainer("web", { life: dying }),
    message: postMortem("web"),
    effects: [],
    lives: { web: "backing-off" },
  },
  {
    name: "the end of a container that is not essential leaves the pod running",
    state: withContainer("job", { life: dying }),
    message: postMortem("job"),
    effects: [],
    lives: { job: "ended" },
    mode: "running",
  },
  {
    name: "what was seen of a former life is not of interest",
    message: postMortem("web"),
    effects: [],
    lives: { web: "running" },
  },
  {
    name: "an end that cannot be looked at is held",
    state: withContainer("web", { life: dying }),
    message: { kind: "post-mortem", key: key("web"), id: "id-web", detail: "unknown", lastLog: [] },
    effects: [],
    lives: { web: "held" },
  },
  {
    name: "held, and the engine was lost since: it ended with the engine",
    state: withContainer("web", { life: { kind: "held", losses: 0, retryAt: now } }, running({ losses: 1 })),
    message: postMortem("web"),
    effects: ["plan"],
    lives: { web: "waiting" },
  },
  {
    name: "held, and the engine was only slow: it ended by itself",
    state: withContainer("web", { life: { kind: "held", losses: 0, retryAt: now } }),
    message: postMortem("web"),
    effects: [],
    lives: { web: "backing-off" },
  },
  {
    name: "held jobs that had ended well are not repeated",
    state: withContainer("job", { life: { kind: "held", losses: 0, retryAt: now } }, running({ losses: 1 })),
    message: postMortem("job", { exitCode: 0 }),
    effects: [],
    lives: { job: "ended" },
  },
  {
    name: "it was signalled before it ended: somebody may start it again",
    state: withContainer("web", { life: dying, signalledAt: now - 1_000 }),
    message: postMortem("web"),
    effects: [],
    lives: { web: "lingering" },
  },
  {
    name: "it was started again meanwhile",
    state: withContainer("web", { life: dying }),
    message: postMortem("web", { state: "running", exitCode: 0 }),
    effects: [],
    lives: { web: "running" },
  },
  {
    name: "it was removed meanwhile: it is made again",
    state: withContainer("web", { life: dying }),
    message: { kind: "post-mortem", key: key("web"), id: "id-web", detail: null, lastLog: [] },
    effects: ["plan"],
    lives: { web: "absent" },
  },
  {
    name: "a container that is being removed is waited for",
    state: withContainer("web", { life: dying }),
    message: postMortem("web", { state: "removing" }),
    effects: [],
    lives: { web: "dying" },
  },
  {
    name: "the back-off is over: it is started",
    state: withContainer("web", { life: { kind: "backing-off", until: now } }),
    message: { kind: "tick" },
    effects: ["restart container web 1", "list"],
    lives: { web: "starting" },
  },
  {
    name: "the back-off is not over",
    state: withContainer(
      "web",
      { life: { kind: "backing-off", until: now + 1 } },
      running({ resyncAt: now + 1 }),
    ),
    message: { kind: "tick" },
    effects: [],
    lives: { web: "backing-off" },
  },
  {
    name: "the back-off of an owner of namespaces is over: a plan restarts its members too",
    state: withContainer(
      "web",
      { life: { kind: "backing-off", until: now } },
      withContainer(
        "side",
        { observed: listed("side", { networkMode: "container:id-web" }) },
        running({ resyncAt: now + 1 }),
      ),
    ),
    message: { kind: "tick" },
    effects: ["plan"],
    lives: { web: "waiting" },
  },
  {
    name: "a restart succeeded",
    state: withContainer("web", { life: { kind: "starting" } }),
    message: { kind: "restarted", key: key("web"), id: "id-web" },
    effects: [],
    lives: { web: "running" },
  },
  {
    name: "a restart failed: it backs off again",
    state: withContainer("web", { life: { kind: "starting" } }),
    message: {
      kind: "restarted",
      key: key("web"),
      id: "id-web",
      failure: { reason: "no", engineGone: false },
    },
    effects: [],
    lives: { web: "backing-off" },
  },
  {
    name: "a restart failed with the engine: a plan starts it when that is back",
    state: withContainer("web", { life: { kind: "starting" } }),
    message: {
      kind: "restarted",
      key: key("web"),
      id: "id-web",
      failure: { reason: "no", engineGone: true },
    },
    effects: ["plan"],
    lives: { web: "waiting" },
  },
  {
    name: "a container was removed: it is made again",
    message: event("destroy", "web"),
    effects: ["plan"],
    lives: { web: "absent" },
  },
  {
    name: "a container was removed that had ended for good",
    state: withContainer("job", { life: { kind: "ended", exitCode: 0, order: 1 } }),
    message: event("destroy", "job"),
    effects: [],
    lives: { job: "ended" },
  },
  {
    name: "an essential container is unhealthy: it is looked at",
    message: event("health", "web", { health: "unhealthy" }),
    effects: ["look container web 1"],
  },
  {
    name: "an essential container is found unhealthy: the pod fails",
    message: postMortem("web", { state: "running", health: "unhealthy" }),
    effects: ["take-down"],
    mode: "stopping",
  },
  {
    name: "another container is unhealthy",
    message: event("health", "side", { health: "unhealthy" }),
    effects: [],
  },
  { name: "a pause is not an end", message: event("pause", "web"), effects: [], lives: { web: "running" } },
  { name: "a list without news", message: list(...all), effects: [] },
  {
    name: "a list shows an end that no event told",
    message: list(listed("web", { state: "exited", exitCode: 1 }), ...all.slice(1)),
    effects: ["look container web 1"],
    lives: { web: "dying" },
  },
  {
    name: "a list after a loss shows an end: the engine may still tell of it",
    state: running({ losses: 1 }),
    message: list(listed("web", { state: "exited", exitCode: 1 }), ...all.slice(1)),
    effects: [],
    lives: { web: "held" },
  },
  {
    name: "a list lacks a container",
    message: list(...all.slice(1)),
    effects: ["plan"],
    lives: { web: "absent" },
  },
  {
    name: "a list shows one running that was backing off: it is looked at",
    state: withContainer("web", { life: { kind: "backing-off", until: now + 5_000 } }),
    message: list(...all),
    effects: ["look container web 1"],
    lives: { web: "backing-off" },
  },
  { name: "the stream is lost", message: { kind: "feed-lost" }, effects: [] },
  {
    name: "the stream is back",
    state: running({ losses: 1 }),
    message: { kind: "feed-restored" },
    effects: ["list"],
  },
  {
    name: "a plan is walked without those that are left alone",
    state: withContainer(
      "job",
      { life: { kind: "ended", exitCode: 0, order: 1 } },
      running({ work: { ...work, stage: "planning" } }),
    ),
    message: {
      kind: "planned",
      generation: 1,
      containers: all,
      plan: plan({
        kind: "start-container",
        id: "start shop-job-1",
        cause: "",
        after: [],
        container: { name: "job", number: 1 },
        target: { name: "shop-job-1" },
      }),
    },
    effects: ["walk 0 steps"],
  },
  {
    name: "a plan that is outdated is not walked",
    state: running({ work: { ...work, generation: 2 } }),
    message: { kind: "planned", generation: 1, containers: all, plan: plan() },
    effects: [],
  },
  {
    name: "work is done: what came of it is listed",
    state: running({ work, mode: "launching" }),
    message: { kind: "work-ended", generation: 1, result: { kind: "succeeded", changed: true } },
    effects: ["list"],
    mode: "running",
  },
  {
    name: "work was aborted for an edit: a new plan is made",
    state: running({ work, workWanted: true }),
    message: { kind: "work-ended", generation: 1, result: { kind: "aborted" } },
    effects: ["plan"],
  },
  {
    name: "a launch failed: what was made is removed",
    state: running({ work, mode: "launching" }),
    message: {
      kind: "work-ended",
      generation: 1,
      result: { kind: "failed", reason: "no", reasonCode: "start-failed", engineGone: false, lastLog: [] },
    },
    effects: ["take-down"],
    mode: "stopping",
  },
  {
    name: "a launch failed where the pod ran before: it is left as it is",
    state: running({ work, mode: "launching", adopted: true }),
    message: {
      kind: "work-ended",
      generation: 1,
      result: { kind: "failed", reason: "no", reasonCode: "start-failed", engineGone: false, lastLog: [] },
    },
    effects: [],
    mode: "ended",
  },
  {
    name: "a launch failed with the engine: it goes on when that is back",
    state: running({ work, mode: "launching" }),
    message: {
      kind: "work-ended",
      generation: 1,
      result: { kind: "failed", reason: "no", reasonCode: "start-failed", engineGone: true, lastLog: [] },
    },
    effects: [],
    mode: "launching",
  },
  {
    name: "a change of a running pod failed: the pod goes on",
    state: running({ work }),
    message: {
      kind: "work-ended",
      generation: 1,
      result: { kind: "failed", reason: "no", reasonCode: "start-failed", engineGone: false, lastLog: [] },
    },
    effects: ["list"],
    mode: "running",
  },
  { name: "an edit is planned", message: { kind: "edit", pod }, effects: ["plan"] },
  {
    name: "an edit breaks off what is under way",
    state: running({ work }),
    message: { kind: "edit", pod },
    effects: ["abort-work"],
  },
  {
    name: "a stop breaks off what is under way",
    state: running({ work }),
    message: { kind: "stop", reason: "x", reasonCode: "killed", remove: true },
    effects: ["abort-work", "take-down"],
    mode: "stopping",
  },
  {
    name: "a second stop hastens",
    state: running({
      mode: "stopping",
      stop: { byRequest: true, remove: true, removing: true, hastened: false },
    }),
    message: { kind: "stop", reason: "x", reasonCode: "killed", remove: true },
    effects: ["hasten"],
  },
  {
    name: "a stop of a pod that ends by itself is no second one",
    state: running({
      mode: "stopping",
      stop: { byRequest: false, remove: false, removing: false, hastened: false },
    }),
    message: { kind: "stop", reason: "x", reasonCode: "killed", remove: true },
    effects: [],
  },
  {
    name: "it was stopped, and is to be removed by now",
    state: running({
      mode: "stopping",
      stop: { byRequest: true, remove: true, removing: false, hastened: false },
    }),
    message: { kind: "taken-down" },
    effects: ["take-down"],
    mode: "stopping",
  },
  {
    name: "it was removed",
    state: running({
      mode: "stopping",
      stop: { byRequest: true, remove: true, removing: true, hastened: false },
    }),
    message: { kind: "taken-down" },
    effects: [],
    lives: { web: "absent" },
    mode: "ended",
  },
  {
    name: "a detached pod is left as it is",
    state: running({ work }),
    message: { kind: "detach" },
    effects: ["abort-work"],
    mode: "ended",
  },
  {
    name: "after the end nothing is done",
    state: running({ mode: "ended" }),
    message: event("die", "web"),
    effects: [],
  },
];

for (const { name, state, message, at, effects, lives, mode } of cases) {
  Deno.test(`decide: ${name}`, () => {
    const before = state ?? running();
    const frozen = JSON.stringify([...before.containers]);
    const decision = decide(before, message, at ?? now);
    const told = decision.effects.map((effect) => {
      if (effect.kind === "look" || effect.kind === "restart") return `${effect.kind} ${effect.key}`;
      return effect.kind === "walk" ? `walk ${effect.plan.steps.length} steps` : effect.kind;
    });
    assertEquals(told, effects);
    for (const [container, life] of Object.entries(lives ?? {})) {
      assertEquals(decision.state.containers.get(key(container))?.life.kind, life, container);
    }
    if (mode !== undefined) assertEquals(decision.state.mode, mode);
    assertEquals(JSON.stringify([...before.containers]), frozen, "the state before is not touched");
  });
}

Deno.test("decide: a plan that restores keeps what is there, one for an edit does not", () => {
  const restoring = decide(running(), event("destroy", "web"), now).effects[0];
  assertEquals(restoring?.kind === "plan" && restoring.restore, true);
  const editing = decide(running(), { kind: "edit", pod }, now).effects[0];
  assertEquals(editing?.kind === "plan" && editing.restore, false);
});

Deno.test("decide: plans that mend nothing are made with pauses", () => {
  let state = running({ resyncAt: now + 1e9 });
  let plans = 0;
  let at = now;
  for (let round = 0; round < 20; round++) {
    const removed = decide(state, event("destroy", "web", { time: at }), at);
    plans += removed.effects.filter(({ kind }) => kind === "plan").length;
    state = removed.state;
    if (state.work !== undefined) {
      const { generation } = state.work;
      state =
        decide(state, { kind: "work-ended", generation, result: { kind: "succeeded", changed: false } }, at)
          .state;
    }
    state = withContainer("web", { id: "id-web", life: { kind: "running", paused: false } }, state);
    at += 100;
  }
  assertEquals(plans, 3);
  assertEquals(nextTick(state), now + 300 + 10_000);
});
