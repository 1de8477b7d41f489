import { assertEquals } from "../support/assert.ts";
import {
  all,
  type Case,
  event,
  now,
  plan,
  pod,
  running,
  testCases,
  withContainer,
  work,
} from "../support/deciding.ts";
import { decide } from "../../src/supervisor/decide.ts";
import { nextTick } from "../../src/supervisor/supervisor_state.ts";

const cases: readonly Case[] = [
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

testCases(cases);

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
