import { ExitCode } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import { containerJson, containerTable } from "./container_rows.ts";
import type { Invocation } from "./context.ts";
import { warningLine } from "./error_report.ts";
import { withEngine } from "./engine_session.ts";
import { inOrder, ofServices, serviceOf, withOwnPorts } from "./observed_names.ts";
import { isPause } from "../supervisor/replica_name.ts";
import { engineKey, operatorProblems } from "./operator_problems.ts";
import { podNameOf } from "./pod_spec.ts";

/** `mesolet ps`. */
export async function run(invocation: Invocation<Commands["ps"]["flags"]>): Promise<number> {
  const { operatorUrl } = invocation.values;
  if (operatorUrl !== undefined) {
    return await (await import("./operator_ps.ts")).run(invocation, operatorUrl);
  }
  const { globals, values, positionals, context } = invocation;
  const pod = values.allPods ? undefined : await podNameOf(globals, context);
  const signal = context.interrupts.graceful;
  const { listed, problems } = await withEngine(globals, context, async (engine) => {
    const wanted = { engine: engineKey(engine.facts, globals, context.variables), pod };
    const [listed, problems] = await Promise.all([
      engine.listContainers(pod, signal),
      globals.quiet || values.quiet || values.services ? [] : operatorProblems(wanted, context),
    ]);
    return { listed, problems };
  });
  // People did not write the pause container: it is shown with all that there is, and else its ports alone.
  const chosen = inOrder(ofServices(withOwnPorts(listed), positionals, pod)).filter((container) =>
    values.all || (!isPause(container) && !["exited", "dead", "created"].includes(container.state))
  );
  const { out, outStyle, terminal } = context;
  if (values.quiet) {
    out.write(chosen.map(({ id }) => `${id}\n`).join(""));
  } else if (values.services) {
    const services = new Set(chosen.filter((container) => !isPause(container)).map(serviceOf));
    out.write([...services].map((service) => `${service}\n`).join(""));
  } else if (values.format === "json") {
    out.write(`${JSON.stringify(chosen.map(containerJson), null, 2)}\n`);
  } else {
    const narrow = terminal.outIsTerminal && !values.noTrunc;
    const lines = containerTable(chosen, {
      now: context.clock.now(),
      style: outStyle,
      withPod: pod === undefined,
      ...(narrow ? { width: terminal.size().columns } : {}),
    });
    out.write(`${lines.join("\n")}\n`);
  }
  for (const problem of problems) context.error.write(`${warningLine(problem, context.errorStyle)}\n`);
  return ExitCode.ok;
}
