import { ExitCode } from "../pod/errors.ts";
import type { Step } from "../plan/step.ts";
import type { StepTools } from "./apply.ts";
import type { ApplyContext } from "./engine.ts";
import { EngineError } from "./engine_error.ts";
import { execute } from "./execute.ts";
import { executeDetached } from "./execute_detached.ts";
import { fillIds, idOrName } from "./references.ts";

/** How much of a failing hook's output is told. */
const toldBytes = 2_000;

/**
 * Runs a post_start or pre_stop hook and waits for its end.
 *
 * @throws {EngineError} when it ends with another exit code than 0, with the end of what it wrote
 */
export async function runHook(
  step: Step<"run-hook">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  let output = "";
  const decoder = new TextDecoder();
  const call = `run the ${step.hook} hook of container ${step.target.name}`;
  const id = idOrName(step.target, context.ids);
  const asked = fillIds(step.body, context.ids);
  // Podman does not note the end of a command that nobody is attached to.
  const body = tools.facts.kind === "podman" ? { ...asked, AttachStdout: true, AttachStderr: true } : asked;
  const attached = body.AttachStdout === true;
  const { exitCode } = attached
    ? await execute(tools.connection, {
      id,
      body,
      onOutput: (_, bytes) => {
        output = (output + decoder.decode(bytes, { stream: true })).slice(-toldBytes);
      },
    }, context.signal)
    : await executeDetached(tools.connection, id, body, context.signal);
  if (exitCode === 0) return;
  const nothing = attached ? "it wrote nothing" : "what it wrote is not kept";
  const said = output.trim() === "" ? nothing : output.trim().replace(/\s*\n\s*/g, "; ");
  throw new EngineError(`Cannot ${call}: exit code ${exitCode}: ${said}`, ExitCode.failed, {
    reason: "refused",
    call,
  });
}
