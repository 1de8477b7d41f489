import { offerProgram, type ProgramSurroundings } from "../../src/cli/executor_program.ts";
import { ListedMasters } from "../../src/mesos/detector/master_locator.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";

const noFlags = { executorAllow: [], executorUri: undefined, executorFile: undefined, serve: undefined };

Deno.test("operator --target mesos: by default agents fetch the program at the address towards the master", async () => {
  const file = await Deno.makeTempFile({ prefix: "mesolet-program-" });
  using master = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const lines: string[] = [];
  const around: ProgramSurroundings = {
    ownFile: { build: "self-extracting", path: file },
    clock: systemClock,
    locator: new ListedMasters([{ hostname: "127.0.0.1", port: master.addr.port }], false),
    signal: new AbortController().signal,
    onWait: () => {},
    tell: (line) => lines.push(line),
  };
  try {
    const one = await offerProgram(noFlags, around);
    // The usual port is taken now, whoever has it: another one is found.
    const other = await offerProgram(noFlags, around);
    const uris = [one, other].map(({ program }) => program.kind === "uri" ? program.uri : "");
    for (const uri of uris) {
      assertMatch(uri, /^http:\/\/127\.0\.0\.1:1028\d\/mesolet-/);
      const answer = await fetch(uri, { method: "HEAD" });
      assertEquals(answer.status, 200);
    }
    assertEquals(new Set(uris).size, 2);
    const hint =
      "the master is on this host's loopback: agents elsewhere need --serve HOST:PORT to fetch the program";
    assertEquals(lines, uris.flatMap((uri) => [hint, `serves this program at ${uri}`]));
    for (const { server } of [one, other]) await server?.close();
  } finally {
    await Deno.remove(file);
  }
});
