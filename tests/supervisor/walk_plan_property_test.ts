import { assert, assertEquals } from "../support/assert.ts";
import { randomFrom } from "../support/random.ts";
import { ScriptedEngine } from "../support/scripted_engine.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import type { Step } from "../../src/plan/step.ts";
import { walkPlan, type WalkResult } from "../../src/supervisor/walk_plan.ts";

interface Trial {
  readonly steps: readonly Step[];
  /** How long each step takes, and whether it fails then or does not notice an abort. */
  readonly conduct: ReadonlyMap<string, { milliseconds: number; fails: boolean; deaf: boolean }>;
  readonly abortAt: number | undefined;
  readonly parallelCalls: number;
}

function trialOf(seed: number): Trial {
  const random = randomFrom(seed);
  const count = 1 + Math.floor(random() * 25);
  const density = random() * 0.4;
  const failureRate = random() < 0.5 ? 0 : random() * 0.2;
  const conduct = new Map<string, { milliseconds: number; fails: boolean; deaf: boolean }>();
  const steps: Step[] = [];
  for (let index = 0; index < count; index++) {
    const id = `step ${index}`;
    const base = {
      id,
      cause: "chance",
      after: steps.filter(() => random() < density).map((step) => step.id),
      ...(random() < 0.1 ? { optional: true } : {}),
    };
    steps.push(
      random() < 0.3
        ? { ...base, kind: "pull-image", image: id }
        : { ...base, kind: "create-volume", name: id, body: {} },
    );
    conduct.set(id, {
      milliseconds: Math.floor(random() * 1_000),
      fails: random() < failureRate,
      deaf: random() < 0.3,
    });
  }
  // What is ready first is not always what stands first.
  steps.sort(() => random() - 0.5);
  return {
    steps,
    conduct,
    abortAt: random() < 0.5 ? Math.floor(random() * 3_000) : undefined,
    parallelCalls: 1 + Math.floor(random() * 5),
  };
}

Deno.test("random plans: order is kept, nothing starts after a failure or an abort, every walk ends", async () => {
  for (let seed = 1; seed <= 400; seed++) {
    const trial = trialOf(seed);
    const clock = new SteppedClock();
    const engine = new ScriptedEngine(clock);
    const abort = new AbortController();
    const done = new Set<string>();
    let stopped = false;
    let calls = 0;
    engine.apply = async (step, context) => {
      const where = `seed ${seed}, ${step.id}`;
      assert(!stopped, `${where} began after the walk was stopped`);
      for (const id of step.after) assert(done.has(id), `${where} began before ${id} was done`);
      const counted = step.kind !== "pull-image";
      if (counted) calls++;
      assert(calls <= trial.parallelCalls, `${where} is one call too many`);
      const conduct = trial.conduct.get(step.id);
      assert(conduct !== undefined);
      try {
        await clock.sleep(conduct.milliseconds, conduct.deaf ? undefined : context.signal);
      } finally {
        if (counted) calls--;
      }
      if (conduct.fails) {
        if (step.optional === true) done.add(step.id);
        else stopped = true;
        throw new Error("it failed by chance");
      }
      done.add(step.id);
    };
    let result: WalkResult | undefined;
    walkPlan({ pod: "shop", steps: trial.steps, warnings: [] }, {
      engine,
      clock,
      signal: abort.signal,
      bounds: { parallelCalls: trial.parallelCalls },
    }).then((value) => result = value);
    if (trial.abortAt !== undefined) {
      await clock.advance(trial.abortAt);
      stopped = true;
      abort.abort();
    }
    await clock.advance(30_000);
    assert(result !== undefined, `seed ${seed}: the walk did not end`);
    const { outcome, succeeded, interrupted, notStarted, failures, warnings } = result;
    assertEquals(
      succeeded.length + interrupted.length + notStarted.length + failures.length + warnings.length,
      trial.steps.length,
      `seed ${seed}: every step ends in one way`,
    );
    if (outcome === "succeeded") assertEquals(succeeded.length + warnings.length, trial.steps.length);
    assertEquals(outcome === "failed", failures.length > 0);
    assertEquals(clock.sleeping, 0);
  }
});
