import { ExitCode } from "../pod/errors.ts";
import type { ObservedImage } from "../plan/observed.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { hostOf, PodSession } from "./pod_session.ts";
import { planPull, pullableImages, type PullRequest } from "./pull_plan.ts";

/** `mesolet pull`. */
export async function run(invocation: Invocation<Commands["pull"]["flags"]>): Promise<number> {
  const { values, positionals, context } = invocation;
  const globals = { ...invocation.globals, quiet: invocation.globals.quiet || values.quiet };
  const session = new PodSession(globals, context);
  const signal = context.interrupts.graceful;
  const spec = await session.load();
  const request: PullRequest = {
    services: positionals,
    withDependencies: values.includeDeps,
    policy: values.policy ?? "always",
    optional: values.ignorePullFailures,
  };
  return await withEngine(globals, context, async (engine) => {
    const pinned = await session.pin(spec, engine, { only: positionals }, signal);
    const placed = await session.place(pinned, await hostOf(engine, context), {
      supervision: "engine",
      scale: [],
    });
    let present: ReadonlyMap<string, ObservedImage | null> = new Map();
    if (request.policy === "missing") {
      const images = pullableImages(placed, request).map(({ image }) => image);
      const needs = {
        images,
        networks: [],
        volumes: [],
        labelled: false,
        externalContainers: [],
        restartPolicies: [],
      };
      present = (await engine.observe({ pod: placed.name, containers: [], needs }, signal)).images;
    }
    const plan = planPull(placed, request, present);
    if (plan.steps.length === 0) {
      session.display.idle(`pod ${placed.name}: nothing to pull`);
      return ExitCode.ok;
    }
    const result = await session.carryOut(
      `Pulling images of pod ${placed.name}`,
      { plan, containers: [] },
      engine,
    );
    return result.outcome === "succeeded" ? ExitCode.ok : result.failures[0]?.exitCode ?? ExitCode.failed;
  });
}
