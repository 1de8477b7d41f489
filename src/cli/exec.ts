import { ExitCode, MesoletError, UsageError } from "../pod/errors.ts";
import type { ObservedContainer } from "../plan/observed.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { numberOf, ofServices } from "./observed_names.ts";
import { podNameOf } from "./pod_spec.ts";

/** `mesolet exec`: the exit code is the command's. */
export async function run(invocation: Invocation<Commands["exec"]["flags"]>): Promise<number> {
  const { operatorUrl } = invocation.values;
  if (operatorUrl !== undefined) {
    return await (await import("./operator_exec.ts")).run(invocation, operatorUrl);
  }
  const { globals, values, positionals, context } = invocation;
  const [service = "", ...command] = positionals;
  if (values.tty && values.noTty) throw new UsageError("-t and -T exclude each other");
  const pod = await podNameOf(globals, context);
  if (pod === undefined) {
    throw new UsageError(
      "exec needs a pod: name it with -p, or its file with -f (mesolet ps lists the pods)",
    );
  }
  const { terminal } = context;
  const tty = values.tty || (!values.noTty && terminal.inputIsTerminal && terminal.outIsTerminal);
  if (values.tty && !terminal.inputIsTerminal) {
    throw new UsageError("-t needs a terminal, and standard input is none: leave it out, or use -T");
  }
  const signal = context.interrupts.graceful;
  return await withEngine(globals, context, async (engine) => {
    const containers = await engine.listContainers(pod, signal);
    const container = chosenOf(ofServices(containers, [service], pod), service, values.index);
    if (tty) Deno.stdin.setRaw(true);
    try {
      const { exitCode } = await engine.execute(container.id, {
        command,
        tty,
        stdin: Deno.stdin.readable,
        environment: values.env.flatMap((text) => variableOf(text, context.variables)),
        privileged: values.privileged,
        onOutput: (stream, bytes) => (stream === "stdout" ? context.out : context.error).writeBytes(bytes),
        ...(values.user === undefined ? {} : { user: values.user }),
        ...(values.workdir === undefined ? {} : { workingDirectory: values.workdir }),
        ...(tty
          ? {
            size: terminal.size(),
            resizes: (changed) => terminal.onResize(() => changed(terminal.size())),
          }
          : {}),
      }, AbortSignal.any([signal, context.out.closed]));
      return exitCode;
    } finally {
      if (tty) Deno.stdin.setRaw(false);
    }
  });
}

/** The container of that number, or the first that runs. */
export function chosenOf(
  containers: readonly ObservedContainer[],
  service: string,
  index: number | undefined,
): ObservedContainer {
  const sorted = [...containers].sort((left, right) => numberOf(left) - numberOf(right));
  const chosen = index === undefined
    ? sorted.find(({ state }) => state === "running") ?? sorted[0]
    : sorted.find((container) => numberOf(container) === index);
  if (chosen === undefined) {
    const numbers = sorted.map(numberOf).join(", ");
    throw new UsageError(`${service} has no container number ${index}: there is ${numbers}`);
  }
  if (chosen.state === "running") return chosen;
  throw new MesoletError(
    `Cannot run a command in ${chosen.name}: it is ${chosen.state}. Start it with: mesolet start ${service}`,
    ExitCode.failed,
  );
}

/** `NAME` alone passes our own variable on; one that is not set is left out. */
function variableOf(text: string, variables: Readonly<Record<string, string>>): string[] {
  if (text.startsWith("=") || text === "") throw new UsageError(`--env takes NAME=VALUE, not "${text}"`);
  if (text.includes("=")) return [text];
  const value = variables[text];
  return value === undefined ? [] : [`${text}=${value}`];
}
