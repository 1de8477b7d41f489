import { overridesModes } from "../../src/docker/cgroup_files.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("whether root may write where modes forbid it is told by its capabilities", () => {
  const table: [string, boolean][] = [
    ["Name:\tmesolet\nCapEff:\t000001ffffffffff\nCapBnd:\t0\n", true],
    ["CapEff:\t0000000000000002\n", true],
    ["CapEff:\t0000000000000000\n", false],
    ["CapEff:\t00000000a80425f9\n", false],
    ["nothing of the kind", true],
  ];
  for (const [status, expected] of table) assertEquals(overridesModes(status), expected, status);
});
