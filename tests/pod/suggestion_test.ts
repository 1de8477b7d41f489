import { suggestionFor } from "../../src/pod/suggestion.ts";
import { assertEquals } from "../support/assert.ts";

const names = ["up", "down", "ps", "logs", "restart", "remove-orphans", "timeout", "no-start"];

const cases: [string, string | undefined][] = [
  ["donw", "down"],
  ["log", "logs"],
  ["restrat", "restart"],
  ["remove-orphan", "remove-orphans"],
  ["removeorphans", "remove-orphans"],
  ["time", "timeout"],
  ["no-strat", "no-start"],
  ["pu", "up"],
  ["x", undefined],
  ["", undefined],
  ["frobnicate", undefined],
];

for (const [typed, meant] of cases) {
  Deno.test(`"${typed}" suggests ${meant ?? "nothing"}`, () => {
    assertEquals(suggestionFor(typed, names), meant);
  });
}
