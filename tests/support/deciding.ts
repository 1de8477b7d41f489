import { assertEquals } from "./assert.ts";
import { podFrom } from "./supervising.ts";
import { Label } from "../../src/pod/labels.ts";
import type { ContainerDetail, EngineEvent } from "../../src/docker/engine.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import type { Plan } from "../../src/plan/step.ts";
import type { ContainerRecord } from "../../src/supervisor/container_record.ts";
import { decide } from "../../src/supervisor/decide.ts";
import { supervisionBounds } from "../../src/supervisor/supervision_bounds.ts";
import { initialState, type Message, type SupervisorState } from "../../src/supervisor/supervisor_state.ts";

/** A time; a container is started at `start`, and `now` is a minute later. */
export const start = 1_000_000;
export const now = start + 60_000;

export const pod = await podFrom(
  '  web: {image: busybox, restart: always}\n  job: {image: busybox, restart: "no"}\n  side: {image: busybox}\n',
  "  essential: [web]\n",
);
export const key = (name: string) => `container ${name} 1`;
export const labels = (name: string) => ({
  [Label.pod]: "shop",
  [Label.container]: name,
  [Label.number]: "1",
});

/** A pod whose containers all run. */
export function running(changes: Partial<SupervisorState> = {}): SupervisorState {
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
export function withContainer(
  name: string,
  changes: Partial<ContainerRecord>,
  state = running(),
): SupervisorState {
  const record = state.containers.get(key(name));
  if (record === undefined) throw new Error(name);
  return { ...state, containers: new Map([...state.containers, [record.key, { ...record, ...changes }]]) };
}

export function event(action: EngineEvent["action"], name: string, more: Partial<EngineEvent> = {}): Message {
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

export function postMortem(name: string, change: Partial<ContainerDetail> = {}): Message {
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

export function listed(name: string, change: Partial<ObservedContainer> = {}): ObservedContainer {
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

export function list(...containers: ObservedContainer[]): Message {
  return { kind: "listed", containers, details: new Map() };
}

export const all = [listed("web"), listed("job"), listed("side")];
export const dying = { kind: "dying", losses: 0, withEngine: false } as const;
export const plan = (...steps: Plan["steps"]): Plan => ({ pod: "shop", steps, warnings: [] });
export const work = { generation: 1, pod, stage: "walking", touches: new Set(["id-web"]), pulls: 0 } as const;

/** A message to a pod, and what is decided. */
export interface Case {
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

/** Makes a test of each case. */
export function testCases(cases: readonly Case[]): void {
  for (const { name, state, message, at, effects, lives, mode } of cases) {
    Deno.test(`decide: ${name}`, () => {
      const before = state ?? running();
      const frozen = JSON.stringify([...before.containers]);
      const decision = decide(before, message, at ?? now);
      const told = decision.effects.map((effect) => {
        if ("key" in effect) return `${effect.kind} ${effect.key}`;
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
}
