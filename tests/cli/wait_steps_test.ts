import { deadlineAfter, withWaits } from "../../src/cli/wait_steps.ts";
import { defaultUpOptions } from "../../src/plan/plan_options.ts";
import { printPlan } from "../../src/plan/print.ts";
import { planUp } from "../../src/plan/up.ts";
import { observedOffline } from "../../src/cli/offline_engine.ts";
import { ExitCode, MesoletError } from "../../src/pod/errors.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { placementOf } from "../support/placing.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

const { placed } = await placementOf(`
services:
  web: { image: web, healthcheck: { test: ["CMD", "true"] }, depends_on: { init: { condition: service_completed_successfully } } }
  init: { image: busybox }
  side: { image: busybox }
x-pod: { network: services }
`);

Deno.test("waits stand behind the starts: healthy where there is a check, completed where an end is awaited", () => {
  const observed = observedOffline(placed, defaultUpOptions);
  const plan = withWaits(planUp(placed, observed, defaultUpOptions), placed, observed);
  const waits = plan.steps.filter(({ id }) => id.startsWith("await "));
  assertEquals(waits.map(({ id, after }) => `${id} after ${after}`), [
    "await shop-side-1 running after start shop-side-1",
    "await shop-web-1 healthy after start shop-web-1",
  ]);
  // web waits for init: once is enough.
  const ends = plan.steps.filter((step) => step.kind === "wait-container" && step.condition === "completed");
  assertEquals(ends.map(({ id }) => id), ["wait shop-init-1 completed"]);
  assert(printPlan(plan).includes("wait until shop-web-1 is healthy: it was asked to wait for the pod"));
  const some = withWaits({ pod: "shop", steps: [], warnings: [] }, placed, observed, new Set(["shop-web-1"]));
  assertEquals(some.steps.map(({ id, after }) => [id, after.length]), [["await shop-web-1 healthy", 0]]);
});

Deno.test("an image's own check counts", () => {
  const observed = observedOffline(placed, defaultUpOptions);
  const images = new Map([["busybox", {
    id: "i",
    operatingSystem: "linux",
    architecture: "amd64",
    volumes: [],
    hasHealthCheck: true,
  }]]);
  const plan = withWaits({ pod: "shop", steps: [], warnings: [] }, placed, { ...observed, images });
  assertEquals(plan.steps.map(({ id }) => id)[1], "await shop-side-1 healthy");
});

Deno.test("a deadline says what was not ready, and costs nothing when it is not needed", async () => {
  const clock = new SteppedClock();
  const passed = deadlineAfter(3, "the pod shop is not ready", clock);
  const unneeded = deadlineAfter(3, "never", clock);
  unneeded.dispose();
  deadlineAfter(undefined, "never", clock).dispose();
  await clock.advance(3000);
  assert(passed.signal.reason instanceof MesoletError);
  assertEquals(passed.signal.reason.message, "the pod shop is not ready after 3 s: given up");
  assertEquals(passed.signal.reason.exitCode, ExitCode.temporary);
  assertEquals(unneeded.signal.aborted, false);
  assertEquals(clock.sleeping, 0);
});
