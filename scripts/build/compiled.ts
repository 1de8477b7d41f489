import { messageOf } from "../../src/pod/errors.ts";
import { compileOptions } from "./runtime_options.ts";
import type { Target } from "./runtimes.ts";
import { ownTarget } from "./runtimes.ts";

const denoTargets: Readonly<Record<Target, string>> = {
  x64: "x86_64-unknown-linux-gnu",
  arm64: "aarch64-unknown-linux-gnu",
};

/**
 * Compiles a bundle into an executable with `deno compile`, and sees that it runs where this machine can run it.
 *
 * Deno takes its base from `DENORT_BIN`, from its cache, or from the network.
 *
 * @returns undefined, or why there is no such file: its base runtime cannot be had, mostly
 */
export async function compileProgram(
  bundle: string,
  output: string,
  target: Target,
): Promise<string | undefined> {
  const failure = await firstFailure([
    () =>
      failureOf(Deno.execPath(), [
        "compile",
        "--quiet",
        ...compileOptions(),
        `--target=${denoTargets[target]}`,
        `--output=${output}`,
        bundle,
      ]),
    // A base that is none makes a file too: it has to answer as the program does.
    ...(target === ownTarget()
      ? [() => failureOf(output, ["version", "--json"], /"build": "compiled"/)]
      : []),
  ]);
  if (failure !== undefined) await Deno.remove(output).catch(() => {});
  return failure;
}

async function firstFailure(
  tries: readonly (() => Promise<string | undefined>)[],
): Promise<string | undefined> {
  for (const attempt of tries) {
    const failure = await attempt();
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** Minutes for a download of some forty megabytes over a slow line. */
const bound = 3;

async function failureOf(
  program: string,
  args: readonly string[],
  expected = /(?:)/,
): Promise<string | undefined> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(bound * 60_000),
    }).output();
    const decoder = new TextDecoder();
    if (success && expected.test(decoder.decode(stdout))) return undefined;
    if (success) return `${program} does not answer as mesolet: what it was made from is no base runtime`;
    return lastCause(decoder.decode(stderr));
  } catch (error) {
    return messageOf(error);
  }
}

/** Deno prints an error with its causes, numbered, and a stack below that. The cause with an address says most. */
function lastCause(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const causes = lines.filter((line) => /^\d+: [a-z]/i.test(line)).map((line) => line.replace(/^\d+: /, ""));
  return causes.find((cause) => cause.includes("://")) ?? lines.find((line) => line !== "") ??
    "it failed without a word";
}
