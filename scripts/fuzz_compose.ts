/**
 * Loads mutated Compose files: `deno run -A scripts/fuzz_compose.ts --count 20000 --seed 1 [--corpus DIRECTORY]`.
 * Each must give a project or an error for people, within 2 s. Files of the directory are mutated beside our own.
 */

import { fuzzOnce, fuzzSeeds, mutate, seededNumbers } from "../tests/support/compose_fuzzing.ts";

const longest = 2000;

function valueOf(flag: string): string | undefined {
  const index = Deno.args.indexOf(flag);
  return index < 0 ? undefined : Deno.args[index + 1];
}

async function seeds(directory: string | undefined): Promise<string[]> {
  const texts = [...fuzzSeeds];
  if (directory === undefined) return texts;
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) texts.push(...(await seeds(path)).slice(fuzzSeeds.length));
    else if (/\.ya?ml$/.test(entry.name)) {
      const text = await Deno.readTextFile(path).catch(() => "");
      if (text.length < 50_000) texts.push(text);
    }
  }
  return texts;
}

async function main(): Promise<number> {
  const count = Number(valueOf("--count") ?? 20_000);
  const seed = Number(valueOf("--seed") ?? 1);
  const below = seededNumbers(seed);
  const texts = await seeds(valueOf("--corpus"));
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
