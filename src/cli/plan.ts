import { planAsJson, printPlan } from "../plan/print.ts";
import type { Plan } from "../plan/step.ts";
import { planUp } from "../plan/up.ts";
import { ExitCode } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { observedOffline, offlineHost, offlineWarnings } from "./offline_engine.ts";
import { hostOf, PodSession, upOptionsOf } from "./pod_session.ts";

/** `mesolet plan` and `mesolet plan down`. */
export async function run(invocation: Invocation<Commands["plan"]["flags"]>): Promise<number> {
  const { values, context } = invocation;
  const plan = await planOf(invocation);
  context.out.write(
    values.format === "json" ? `${JSON.stringify(planAsJson(plan), null, 2)}\n` : printPlan(plan),
  );
  return ExitCode.ok;
}

/** `down` and `up` are words of the command unless the pod has a service of that name. */
async function planOf(invocation: Invocation<Commands["plan"]["flags"]>): Promise<Plan> {
  const { globals, values, positionals, context } = invocation;
  const session = new PodSession(globals, context);
  const spec = await session.load();
  const isService = (name: string) => spec.pod.containers.some((container) => container.name === name);
  const [first = "", ...rest] = positionals;
  const isVerb = (first === "down" || first === "up") && !isService(first);
  const services = isVerb ? rest : positionals;
  const request = {
    supervision: values.detach || values.noStart ? "engine" : "mesolet",
    scale: values.scale,
  } as const;
  const signal = context.interrupts.graceful;

  if (values.offline) {
    const placed = await session.place(spec, offlineHost, request);
    if (isVerb && first === "down") return { pod: placed.name, steps: [], warnings: [] };
    const options = upOptionsOf(values, services, context);
    const plan = planUp(placed, observedOffline(placed, options), options);
    return { ...plan, warnings: [...plan.warnings, ...offlineWarnings(placed, options)] };
  }
  return await withEngine(globals, context, async (engine) => {
    const placed = await session.place(spec, await hostOf(engine, context), request);
    if (isVerb && first === "down") {
      return (await session.planDown(placed.name, engine, { volumes: values.volumes }, signal, placed)).plan;
    }
    return (await session.planUp(placed, engine, upOptionsOf(values, services, context), signal)).plan;
  });
}
