import { Label } from "../../src/pod/labels.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import { assertEquals } from "../support/assert.ts";
import { type CrashMoment, CrashSocket } from "../support/crash_socket.ts";
import { type TestEngine, testEngine } from "../support/engine.ts";
import { runProgram, startProgram } from "../cli/program.ts";

/**
 * Kill -9 of mesolet before and after every Engine call of `up`, of an `up` that replaces everything, and of `down`:
 * the next `up` brings the pod to where it belongs, without touching what was right, and `down` leaves nothing.
 */

const first = `
services:
  a:
    image: busybox
    command: [sleep, "1000"]
    stop_signal: SIGKILL
    configs: [{source: c, target: /c}]
    volumes: [data:/data, /anonymous]
  b:
    image: busybox
    command: [sleep, "1000"]
    stop_signal: SIGKILL
    depends_on: [a]
volumes: {data: {}}
configs: {c: {content: hello}}
`;
const second = first.replaceAll('"1000"', '"2000"').replace(
  "volumes: [data",
  'ports: ["127.0.0.1::80"]\n    volumes: [data',
);

interface Scene {
  readonly test: TestEngine;
  readonly pod: string;
  readonly directory: string;
  readonly up: readonly string[];
}

async function withScene(run: (scene: Scene) => Promise<void>): Promise<void> {
  await using test = await testEngine();
  const directory = await Deno.makeTempDir({ prefix: "mesolet-crash-" });
  const pod = test.podName();
  try {
    await run({ test, pod, directory, up: ["-p", pod, "up", "-d"] });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function mustRun(scene: Scene, words: readonly string[]): Promise<void> {
  const { code, error } = await runProgram(words, { host: scene.test.host, directory: scene.directory });
  assertEquals(code, 0, error);
}

/** Runs a command until it is killed at a call; false when it made fewer calls than that. */
async function crashAt(
  scene: Scene,
  words: readonly string[],
  call: number,
  moment: CrashMoment,
): Promise<boolean> {
  await using socket = new CrashSocket(scene.test.host.replace("unix://", ""));
  await using program = startProgram(words, { host: `unix://${socket.path}`, directory: scene.directory });
  let crashed = false;
  socket.arm(call, moment, () => {
    crashed = true;
    program.signal("SIGKILL");
  });
  await program.ended();
  return crashed;
}

/** What every container of the pod is, for comparison: name, state, hash. */
function shape(containers: readonly ObservedContainer[]): string[] {
  return containers.map(({ name, state, labels }) => `${name} ${state} ${labels[Label.hash]}`).sort();
}

async function shapeNow({ test, pod }: Scene): Promise<string[]> {
  return shape(await test.engine.listContainers(pod));
}

async function assertNothingLeft({ test, pod }: Scene): Promise<void> {
  assertEquals(await test.engine.listContainers(pod), []);
  const observed = await test.engine.observe({
    pod,
    containers: [],
    needs: {
      images: [],
      networks: [],
      volumes: [],
      labelled: true,
      externalContainers: [],
      restartPolicies: [],
    },
  });
  assertEquals([...observed.networks.keys(), ...observed.volumes.keys()], []);
}

const moments: readonly CrashMoment[] = ["before", "after"];

for (const moment of moments) {
  Deno.test(`engine: up killed ${moment} each of its calls: up again converges, down leaves nothing`, async () => {
    await withScene(async (scene) => {
      await Deno.writeTextFile(`${scene.directory}/compose.yaml`, first);
      await mustRun(scene, scene.up);
      const wanted = await shapeNow(scene);
      await mustRun(scene, ["-p", scene.pod, "down", "-v"]);
      let points = 0;
      for (let call = 1; await crashAt(scene, scene.up, call, moment); call++) {
        const survivors = (await scene.test.engine.listContainers(scene.pod)).filter(({ state }) =>
          state === "running"
        );
        await mustRun(scene, scene.up);
        const now = await scene.test.engine.listContainers(scene.pod);
        assertEquals(shape(now), wanted, `after call ${call}`);
        // What ran was right and is the same container still.
        for (const { id, name } of survivors) assertEquals(now.find((each) => each.name === name)?.id, id);
        await mustRun(scene, ["-p", scene.pod, "down", "-v"]);
        await assertNothingLeft(scene);
        points++;
      }
      assertEquals(points >= 15, true, `only ${points} calls`);
      await mustRun(scene, ["down", "-v", scene.pod]);
      await assertNothingLeft(scene);
    });
  });

  Deno.test(`engine: a replacing up killed ${moment} each of its calls: up again converges`, async () => {
    await withScene(async (scene) => {
      await Deno.writeTextFile(`${scene.directory}/compose.yaml`, second);
      await mustRun(scene, scene.up);
      const wanted = await shapeNow(scene);
      let points = 0;
      for (let call = 1;; call++) {
        await Deno.writeTextFile(`${scene.directory}/compose.yaml`, first);
        await mustRun(scene, scene.up);
        await Deno.writeTextFile(`${scene.directory}/compose.yaml`, second);
        if (!await crashAt(scene, scene.up, call, moment)) break;
        await mustRun(scene, scene.up);
        assertEquals(await shapeNow(scene), wanted, `after call ${call}`);
        points++;
      }
      assertEquals(points >= 15, true, `only ${points} calls`);
      await mustRun(scene, ["-p", scene.pod, "down", "-v"]);
      await assertNothingLeft(scene);
    });
  });

  Deno.test(`engine: down killed ${moment} each of its calls: down again leaves nothing`, async () => {
    await withScene(async (scene) => {
      await Deno.writeTextFile(`${scene.directory}/compose.yaml`, first);
      let points = 0;
      for (let call = 1;; call++) {
        await mustRun(scene, scene.up);
        const crashed = await crashAt(scene, ["down", "-v", scene.pod], call, moment);
        await mustRun(scene, ["down", "-v", scene.pod]);
        await assertNothingLeft(scene);
        if (!crashed) break;
        points++;
      }
      assertEquals(points >= 8, true, `only ${points} calls`);
    });
  });
}
