import type { SpecProblem } from "../../src/operator/pod_board.ts";
import type { GoodSpec } from "../../src/operator/spec_source.ts";
import { SpecTeller } from "../../src/operator/spec_teller.ts";
import { assertEquals } from "../support/assert.ts";

function wrong(key: string): SpecProblem {
  const problem = { severity: "error" as const, path: "", message: "is wrong", position: { file: key } };
  return { key, problem, keptVersion: false, since: 0 };
}

Deno.test("that nothing is wrong any more is told by whether it was mended or is gone", () => {
  const lines: string[] = [];
  const teller = new SpecTeller({ tell: (_, text) => void lines.push(text), setProblems: () => {} });
  const good = (key: string) => ({ key, warnings: [], pod: {} }) as unknown as GoodSpec;
  teller.tellSpecs([wrong("/d/a"), wrong("/d/b")], []);
  // One goes and the other one is mended.
  teller.tellSpecs([wrong("/d/b")], []);
  teller.tellSpecs([], [good("/d/b")]);
  teller.tellSpecs([wrong("/d/b")], []);
  teller.tellSpecs([], [good("/d/other")]);
  teller.tellSpecs([], []);
  assertEquals(lines, [
    "/d/a: is wrong",
    "/d/b: is wrong",
    "all specs are right again",
    "/d/b: is wrong",
    "no spec is wrong any more: what was wrong is gone",
  ]);
});
