import { ExitCode } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import { containerJson, containerTable } from "./container_rows.ts";
import type { Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { inOrder, isPause, ofServices, serviceOf } from "./observed_names.ts";
import { podNameOf } from "./pod_spec.ts";

/** `mesolet ps`. */
export async function run(invocation: Invocation<Commands["ps"]["flags"]>): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  const pod = values.allPods ? undefined : await podNameOf(globals, context);
  const signal = context.interrupts.graceful;
  const listed = await withEngine(globals, context, (engine) => engine.listContainers(pod, signal));
  const chosen = inOrder(ofServices(listed, positionals, pod)).filter((container) => {
    if (values.all) return true;
    if (container.state === "exited" || container.state === "dead" || container.state === "created") {
      return false;
    }
    // People did not write the pause container; it is shown where it has something to tell.
    return !isPause(container) || container.ports.length > 0;
  });
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
  return ExitCode.ok;
}
