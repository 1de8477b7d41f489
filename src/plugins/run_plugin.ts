import type { Clock } from "../pod/clock.ts";
import { MesoletError, messageOf } from "../pod/errors.ts";
import { bounded } from "../supervisor/bounded.ts";
import { runHostCommand } from "../supervisor/host_command.ts";
import { applyPatch, PatchProblem } from "./json_patch.ts";
import { largestAnswer, type Plugin, type PluginInput } from "./plugin.ts";

/** What running plugins needs. */
export interface PluginTools {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds that each has. */
  readonly time: number;
  /** For plugins, beside what each is told; such as DOCKER_HOST. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What a plugin says. */
export interface PluginAnswer {
  /** The pod that it wants; absent: as it was. */
  readonly pod?: unknown;
  /** In its words. */
  readonly reason?: string;
}

/** A plugin failed, or refused. */
export class PluginProblem extends Error {
  override readonly name = "PluginProblem";
}

/**
 * Runs a plugin.
 *
 * It may answer with nothing, with a pod (an object with `services`), with a JSON patch (a list), or with an object that
 * has one of these as `pod` or `patch`, and a `reason`.
 *
 * @throws {PluginProblem} where it ended with another code than 0, or its answer is none of these
 * @throws the signal's reason when it is aborted
 */
export async function runPlugin(
  { name, path }: Plugin,
  input: PluginInput,
  { clock, signal, time, variables }: PluginTools,
): Promise<PluginAnswer> {
  let end: Awaited<ReturnType<typeof runHostCommand>>;
  try {
    end = await bounded(
      `wait for the plugin ${name}`,
      time,
      { clock, signal },
      (within) =>
        runHostCommand([path, input.step], {
          directory: path.slice(0, path.lastIndexOf("/")) || "/",
          variables: { ...variables, MESOLET_STEP: input.step, MESOLET_RUNNER: input.runner },
          clock,
          input: new TextEncoder().encode(`${JSON.stringify(input)}\n`),
          outputLimit: largestAnswer,
        }, within),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MesoletError) throw new PluginProblem(error.message, { cause: error });
    throw error;
  }
  if (end.problem !== undefined) {
    // What a refusal says of itself is what people want to read.
    throw new PluginProblem(
      `the plugin ${name} ${
        end.problem.startsWith("exited") && end.notes !== ""
          ? `refused: ${end.notes}`
          : `failed: ${end.problem}`
      }`,
    );
  }
  return answerOf(name, end.output, input.pod);
}

function answerOf(name: string, output: Uint8Array, pod: unknown): PluginAnswer {
  const text = new TextDecoder().decode(output).trim();
  if (text === "") return {};
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    throw new PluginProblem(`the plugin ${name} answered with no JSON: ${messageOf(error)}`);
  }
  if (isDeep(answer)) {
    throw new PluginProblem(`the plugin ${name} answered with JSON that is nested too deep`);
  }
  if (Array.isArray(answer)) return { pod: patched(name, pod, answer) };
  if (isRecord(answer)) {
    if (isRecord(answer["services"])) return { pod: answer };
    const { reason, patch, pod: wanted } = answer;
    const isKnown = Object.keys(answer).every((key) => ["reason", "patch", "pod"].includes(key));
    const said = typeof reason === "string" ? { reason } : {};
    if (isKnown && (reason === undefined || typeof reason === "string")) {
      if (Array.isArray(patch) && wanted === undefined) return { ...said, pod: patched(name, pod, patch) };
      if (isRecord(wanted) && patch === undefined) return { ...said, pod: wanted };
      if (patch === undefined && wanted === undefined) return said;
    }
  }
  throw new PluginProblem(
    `the plugin ${name} answered with neither a pod (services), nor a JSON patch (a list), nor a reason with one of them`,
  );
}

/** More than any Compose file, and less than what walking through it can take. */
const deepest = 100;

function isDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true;
    level = level.flatMap((each) => typeof each === "object" && each !== null ? Object.values(each) : []);
  }
  return false;
}

function patched(name: string, pod: unknown, patch: readonly unknown[]): unknown {
  try {
    return applyPatch(pod, patch, largestAnswer);
  } catch (error) {
    if (!(error instanceof PatchProblem)) throw error;
    throw new PluginProblem(`the patch of the plugin ${name} does not fit: ${error.message}`);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
