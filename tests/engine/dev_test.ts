import { programWords, runProgram, startProgram } from "../cli/program.ts";
import { assertEquals } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { livesOf } from "../support/running_operator.ts";
import { waitUntil } from "../support/wait.ts";

Deno.test("dev: the operator runs the examples, and takes them down at its end", async () => {
  await using engine = await testEngine();
  const program = programWords.map((word) => word.replace(/src\/main\.ts$/, "scripts/dev.ts"));
  const { HOME = "/", DENO_DIR = `${HOME}/.cache/deno` } = Deno.env.toObject();
  await using dev = startProgram(["--listen", "none"], {
    host: engine.host,
    program,
    // Any free ports: other tests run the examples as well.
    variables: { DENO_DIR, HOME, DENO_NO_UPDATE_CHECK: "1", SITE_PORT: "0", WEB_PORT: "0", PAGE_PORT: "0" },
  });
  await waitUntil("an example runs", () => dev.out.includes("web-cache-sidecar: runs"), 60_000);
  dev.signal("SIGTERM");
  const { code, out, error } = await dev.ended();
  assertEquals(code, 0, out + error);
  const pods = [...out.matchAll(/Z ([a-z0-9-]+): /g)].flatMap(([, pod]) => pod ?? []);
  assertEquals(await livesOf(engine, pods), new Map());
  for (const pod of new Set(pods)) await runProgram(["down", pod, "-v"], { host: engine.host });
});
