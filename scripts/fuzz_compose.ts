/**
 * Loads mutated Compose files: `deno run -A scripts/fuzz_compose.ts --count 20000 --seed 1 [--corpus DIRECTORY]`.
 * Each must give a project or an error for people, within 2 s. Files of the directory are mutated beside our own.
 */

import { fuzzOnce, fuzzSeeds, mutate, readSeeds, seededNumbers } from "../tests/support/compose_fuzzing.ts";

const longest = 2000;

function valueOf(flag: string): string | undefined {
  const index = Deno.args.indexOf(flag);
  return index < 0 ? undefined : Deno.args[index + 1];
}

async function main(): Promise<number> {
  const count = Number(valueOf("--count") ?? 20_000);
  const seed = Number(valueOf("--seed") ?? 1);
  const below = seededNumbers(seed);
  const corpus = valueOf("--corpus");
  const texts = [...fuzzSeeds, ...corpus === undefined ? [] : await readSeeds(corpus)];
  let loaded = 0;
  let defects = 0;
  let slowest = 0;
  for (let index = 0; index < count; index++) {
    const text = mutate(texts[below(texts.length)] ?? "", below);
    const outcome = await fuzzOnce(text);
    slowest = Math.max(slowest, outcome.milliseconds);
    if (outcome.loaded) loaded++;
    if (outcome.defect === undefined && outcome.milliseconds <= longest) continue;
    defects++;
    const defect = outcome.defect instanceof Error ? outcome.defect.stack : outcome.defect;
    report(`mutation ${index}: ${defect ?? `${outcome.milliseconds} ms`}\n${JSON.stringify(text)}`);
  }
  report(
    `seed ${seed}: ${count} files, ${loaded} loaded, ${defects} defects, slowest ${Math.round(slowest)} ms`,
  );
  return defects === 0 ? 0 : 1;
}

function report(line: string): void {
  // deno-lint-ignore no-console
  console.log(line);
}

Deno.exit(await main());
