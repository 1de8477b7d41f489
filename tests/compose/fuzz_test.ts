import { fuzzOnce, fuzzSeeds, mutate, readSeeds, seededNumbers } from "../support/compose_fuzzing.ts";
import { assertEquals, assertGreater, assertLess } from "../support/assert.ts";

const examples = await readSeeds(new URL("../../examples", import.meta.url).pathname);
const seeds = [...fuzzSeeds, ...examples];

for (let seed = 1; seed <= 10; seed++) {
  Deno.test(`2,000 mutated Compose files give a project or a SpecError, and soon: seed ${seed}`, async () => {
    const below = seededNumbers(seed);
    let loaded = 0;
    for (let count = 0; count < 2_000; count++) {
      const text = mutate(seeds[below(seeds.length)] ?? "", below);
      const outcome = await fuzzOnce(text);
      assertEquals(outcome.defect, undefined, JSON.stringify(text));
      assertLess(outcome.milliseconds, 2000, JSON.stringify(text));
      if (outcome.loaded) loaded++;
    }
    // Mutations that break everything would test nothing but the YAML reader.
    assertGreater(loaded, 50);
  });
}

Deno.test("the files that are mutated are right", async () => {
  assertGreater(examples.length, 0);
  for (const text of fuzzSeeds) {
    assertEquals(await fuzzOnce(text).then((outcome) => [outcome.loaded, outcome.defect]), [true, undefined]);
  }
});

Deno.test("a seed gives the same mutations again", () => {
  const one = mutate(fuzzSeeds[0] ?? "", seededNumbers(7));
  assertEquals(one, mutate(fuzzSeeds[0] ?? "", seededNumbers(7)));
});
