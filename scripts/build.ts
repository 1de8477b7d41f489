/**
 * `deno task build`: makes the program in one file, `dist/mesolet-VERSION-linux-x64`, which needs nothing but libc, and
 * `dist/SHA256SUMS`.
 *
 * ```sh
 * deno task build                        # for this machine
 * deno task build --target all           # x64 and arm64
 * deno task build --form self-extracting # or compiled; by default compiled where that can be had
 * ```
 *
 * `--runtime FILE` names the Deno to put in, `--commit ID` what `version` tells where there is no history, and `--out
 * DIRECTORY` another place than dist.
 */
import { parseArgs } from "node:util";
import { messageOf } from "../src/pod/errors.ts";
import configuration from "../deno.json" with { type: "json" };
import { buildFiles, type Form } from "./build/build_files.ts";
import { ownTarget, type Target, targets } from "./build/runtimes.ts";

const { values } = parseArgs({
  options: {
    target: { type: "string" },
    form: { type: "string" },
    runtime: { type: "string" },
    commit: { type: "string" },
    out: { type: "string" },
  },
});
try {
  const { runtime, commit, out } = values;
  await buildFiles({
    version: configuration.version,
    targets: wantedTargets(values.target),
    form: wantedForm(values.form),
    ...(runtime === undefined ? {} : { runtime }),
    ...(commit === undefined ? {} : { commit }),
    ...(out === undefined ? {} : { directory: out }),
    say: (line) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`)),
  });
} catch (error) {
  Deno.stderr.writeSync(new TextEncoder().encode(`error: ${messageOf(error)}\n`));
  Deno.exitCode = 1;
}

function wantedTargets(word: string | undefined): readonly Target[] {
  if (word === "all") return targets;
  const found = word === undefined ? ownTarget() : targets.find((target) => target === word);
  if (found !== undefined) return [found];
  throw new Error(
    word === undefined
      ? `This machine is none of the targets: name one with --target ${targets.join("|")}|all`
      : `--target ${word} is not known: ${targets.join(", ")} or all`,
  );
}

function wantedForm(word: string | undefined): Form | undefined {
  if (word === undefined || word === "compiled" || word === "self-extracting") return word;
  throw new Error(`--form ${word} is not known: compiled or self-extracting`);
}
