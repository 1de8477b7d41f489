import { fuzzOnce, fuzzSeeds, mutate, seededNumbers } from "../support/compose_fuzzing.ts";
import { assertEquals, assertGreater, assertLess } from "../support/assert.ts";

Deno.test("mutated Compose files give a project or a SpecError, and soon", async () => {
  const below = seededNumbers(20_261);
  let loaded = 0;
  for (let count = 0; count < 1500; count++) {
    const text = mutate(fuzzSeeds[below(fuzzSeeds.length)] ?? "", below);
    const outcome = await fuzzOnce(text);
    assertEquals(outcome.defect, undefined, JSON.stringify(text));
    assertLess(outcome.milliseconds, 2000, JSON.stringify(text));
    if (outcome.loaded) loaded++;
  }
  // Mutations that break everything would test nothing but the YAML reader.
  assertGreater(loaded, 50);
});

Deno.test("the files that are mutated are right", async () => {
  for (const text of fuzzSeeds) {
    assertEquals(await fuzzOnce(text).then((outcome) => [outcome.loaded, outcome.defect]), [true, undefined]);
  }
});

Deno.test("a seed gives the same mutations again", () => {
  const one = mutate(fuzzSeeds[0] ?? "", seededNumbers(7));
  assertEquals(one, mutate(fuzzSeeds[0] ?? "", seededNumbers(7)));
});
