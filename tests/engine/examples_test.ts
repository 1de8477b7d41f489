import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";
import { type ProgramResult, runProgram } from "../cli/program.ts";

const examples = new URL("../../examples/", import.meta.url).pathname;

/** An example that is up, for what a test wants to know of it. */
interface RunningExample {
  /** Runs mesolet on it. */
  mesolet(...words: string[]): Promise<ProgramResult>;
  /** The only published port of a container. */
  portOf(container: string): Promise<number>;
  /** Names and states as `ps` has them. */
  states(): Promise<Record<string, string>>;
}

/**
 * Brings an example up, looks at it, brings it up again (which must change nothing), takes it down, and checks that
 * nothing is left.
 */
async function withExample(
  name: string,
  variables: Readonly<Record<string, string>>,
  look: (example: RunningExample) => Promise<void>,
): Promise<void> {
  await using test = await testEngine();
  const pod = test.podName();
  const mesolet = (...words: string[]) =>
    runProgram(["-p", pod, ...words], { host: test.host, directory: `${examples}${name}`, variables });
  const must = async (...words: string[]) => {
    const result = await mesolet(...words);
    assertEquals(result.code, 0, result.error);
    return result;
  };
  try {
    await must("up", "-d", "--wait", "--wait-timeout", "60");
    await look({
      mesolet,
      async portOf(container) {
        const containers = await test.engine.listContainers(pod);
        const ports = containers.flatMap((each) => each.name.endsWith(container) ? each.ports : []);
        return ports[0]?.published ?? 0;
      },
      async states() {
        const { out } = await must("ps", "-a", "--format", "json");
        const rows: { name: string; state: string }[] = JSON.parse(out);
        return Object.fromEntries(rows.map(({ name, state }) => [name.replace(`${pod}-`, ""), state]));
      },
    });
    const again = await must("--debug", "up", "-d");
    const calls = again.error.split("\n").filter((line) => line.startsWith("engine: "));
    assertEquals(calls.filter((line) => !line.startsWith("engine: GET ")), []);
    assertEquals(calls.filter((line) => line.includes("/containers/json")).length, 1);
  } finally {
    await must("down", "-v");
  }
  assertEquals(await test.engine.listContainers(pod), []);
}

Deno.test("engine: the example of a web server with cache and sidecar", async () => {
  await withExample("web-cache-sidecar", { WEB_PORT: "0" }, async (example) => {
    const response = await fetch(`http://127.0.0.1:${await example.portOf("_pause")}/`);
    assertStringIncludes(await response.text(), "A pod is running");
    await waitUntil(
      "the container has written its line",
      async () => (await example.mesolet("logs", "sidecar")).out.includes("all is well"),
    );
    const { out } = await example.mesolet(
      "exec",
      "-T",
      "sidecar",
      "wget",
      "-q",
      "-O",
      "-",
      "http://cache:6379/ping",
    );
    assertEquals(out, "PONG\n");
  });
});

Deno.test("engine: the example of an init container", async () => {
  await withExample("init-then-serve", { SITE_PORT: "0" }, async (example) => {
    const response = await fetch(`http://127.0.0.1:${await example.portOf("_pause")}/`);
    assertMatch(await response.text(), /^prepared at /);
    const states = await example.states();
    assertMatch(states["prepare-1"] ?? "", /^exited/);
    assertMatch(states["serve-1"] ?? "", /^running/);
  });
});

Deno.test("engine: the example of secrets and configs, in a container with a read-only root", async () => {
  await withExample("secrets-and-configs", { GREETER: "a test" }, async (example) => {
    await waitUntil(
      "the container has written its line",
      async () => (await example.mesolet("logs", "app")).out.includes("the token has 16 bytes"),
    );
    const { out } = await example.mesolet("logs", "app");
    assertStringIncludes(out, "greeting: hello from a test");
    const listed = await example.mesolet("exec", "-T", "app", "ls", "-ln", "/run/secrets");
    assertMatch(listed.out, /-r-{8} +1 1000 +1000 +20 .* password\n/);
    const plan = await example.mesolet("plan", "--format", "json", "--force-recreate");
    assertEquals(plan.out.includes("an-example"), false);
  });
});

Deno.test("engine: the example of a pod with a total", async () => {
  await withExample("resource-total", {}, async (example) => {
    const states = await example.states();
    assertMatch(states["worker-1"] ?? "", /^running/);
  });
});
