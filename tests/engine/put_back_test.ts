import { Label } from "../../src/pod/labels.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { type ProgramResult, runProgram } from "../cli/program.ts";

/** A pod of one test, with what is done to it. */
interface Scene {
  readonly test: TestEngine;
  readonly pod: string;
  readonly write: (spec: string) => Promise<void>;
  readonly mesolet: (...words: string[]) => Promise<ProgramResult>;
  /** Name, state and id of the pod's containers. */
  readonly seen: () => Promise<string[]>;
}

async function withScene(network: string, run: (scene: Scene) => Promise<void>): Promise<void> {
  await using test = await testEngine();
  const directory = await Deno.makeTempDir({ prefix: "mesolet-put-back-" });
  const pod = test.podName();
  try {
    await run({
      test,
      pod,
      write: (spec) => Deno.writeTextFile(`${directory}/compose.yaml`, spec),
      mesolet: (...words) =>
        runProgram(["-p", pod, "--network", network, ...words], { host: test.host, directory }),
      seen: async () =>
        (await test.engine.listContainers(pod)).map(({ name, state, id }) => `${name} ${state} ${id}`).sort(),
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function specOf(a: string, b: string): string {
  return `
services:
  a: {image: busybox, stop_signal: SIGKILL, ${a}}
  b: {image: busybox, stop_signal: SIGKILL, depends_on: [a], ${b}}
`;
}

const sleeping = "command: [sleep, infinity]";

for (const network of ["pod", "services"]) {
  Deno.test(`engine: in ${network} mode a replacement that cannot start gives way to what ran before`, async () => {
    await withScene(network, async ({ write, mesolet, seen }) => {
      await write(specOf(sleeping, sleeping));
      assertEquals((await mesolet("up", "-d")).code, 0);
      const before = await seen();

      await write(specOf(sleeping, "command: [/no/such/program]"));
      const { code, error } = await mesolet("up", "-d");
      assertEquals(code, 1, error);
      assertMatch(error, /start container .*-b-1.*; the previous container runs again$/m);
      assertEquals(await seen(), before);

      // The spec that it was made from is as wanted still.
      await write(specOf(sleeping, sleeping));
      assertEquals((await mesolet("up", "-d")).code, 0);
      assertEquals(await seen(), before);
      assertEquals((await mesolet("down")).code, 0);
    });
  });
}

Deno.test("engine: a pod whose new port is taken runs on, all of it, in its old namespaces", async () => {
  await withScene("pod", async ({ write, mesolet, seen }) => {
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      const address = taken.addr;
      await write(specOf(sleeping, sleeping));
      assertEquals((await mesolet("up", "-d")).code, 0);
      const before = await seen();
      await write(specOf(`${sleeping}, ports: ["127.0.0.1:${address.port}:80"]`, sleeping));
      const { code, error } = await mesolet("up", "-d");
      assertEquals(code, 1, error);
      assertMatch(error, /; the previous containers run again$/m);
      assertEquals(await seen(), before);
      // Who follows in the namespace that has started is put back as well.
      await write(specOf(`${sleeping}, ports: ["127.0.0.1::80"]`, "command: [/no/such/program]"));
      const second = await mesolet("up", "-d");
      assertEquals(second.code, 1, second.error);
      assertMatch(second.error, /; the previous containers run again$/m);
      assertEquals(await seen(), before);
      assertEquals((await mesolet("down")).code, 0);
    } finally {
      taken.close();
    }
  });
});

Deno.test("engine: a replacement that cannot be made leaves nothing of itself, and stops nothing", async () => {
  await withScene("services", async ({ test, pod, write, mesolet, seen }) => {
    await write(specOf(sleeping, sleeping));
    assertEquals((await mesolet("up", "-d")).code, 0);
    const before = await seen();
    const started = async () =>
      await Promise.all(
        (await test.engine.listContainers(pod)).map(async ({ id }) =>
          (await test.engine.inspect(id))?.startedAt
        ),
      );
    const since = await started();
    const missing = "volumes: [{type: bind, source: /no/such, target: /x, bind: {create_host_path: false}}]";
    await write(specOf('command: [sleep, "1000"]', `${sleeping}, ${missing}`));
    const { code, error } = await mesolet("up", "-d");
    assertEquals(code, 1, error);
    assertEquals(/previous/.test(error), false, error);
    assertEquals(await seen(), before);
    assertEquals(await started(), since);
    assertEquals((await mesolet("down")).code, 0);
  });
});

Deno.test("engine: --force-recreate of what a failed start had put back works, and data goes along", async () => {
  await withScene("pod", async ({ test, pod, write, mesolet }) => {
    const spec = (command: string) => `
services:
  a: {image: busybox, stop_signal: SIGKILL, volumes: [/data], command: ${command}}
`;
    await write(spec("[sh, -c, 'test -e /data/mark || echo first > /data/mark; sleep infinity']"));
    assertEquals((await mesolet("up", "-d")).code, 0);
    await write(spec("[/no/such/program]"));
    assertEquals((await mesolet("up", "-d")).code, 1);
    await write(spec("[sh, -c, 'echo new; sleep infinity']"));
    const { code, error } = await mesolet("up", "-d");
    assertEquals(code, 0, error);
    const { out } = await mesolet("exec", "-T", "a", "cat", "/data/mark");
    assertEquals(out.trim(), "first");
    const names = (await test.engine.listContainers(pod)).map(({ name, labels }) =>
      labels[Label.role] === "pause" ? "pause" : name
    );
    assertEquals(names.sort(), ["pause", `${pod}-a-1`]);
    assertEquals((await mesolet("down", "-v")).code, 0);
  });
});
