import { startPrivateEngine } from "../../scripts/engine/private_engine.ts";
import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { Label } from "../../src/pod/labels.ts";
import { needsForDown } from "../../src/plan/needs.ts";
import { isPassing } from "../../src/plan/passing.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import { assertEquals } from "../support/assert.ts";
import { type CrashMoment, CrashSocket } from "../support/crash_socket.ts";
import { engineAt, type TestEngine } from "../support/engine.ts";
import { randomFrom, sampleOf } from "../support/random.ts";
import { testRegistry } from "../support/registry.ts";
import { runProgram, startProgram } from "../cli/program.ts";

/**
 * Kill -9 of mesolet before or after an Engine call: of `up`, detached and in the foreground, of an `up` that replaces
 * everything, and of `down`, in one namespace and in services. Whatever was left, the next `up` brings the pod to where
 * it belongs, without touching what was right, and the next `down` leaves nothing: of the pod, and of what all pods
 * share.
 *
 * The moments are drawn by chance. `MESOLET_CRASH_SEED` draws those of an earlier run, whose seed its test's name has.
 */
const seed = Number(Deno.env.get("MESOLET_CRASH_SEED") ?? Math.floor(Math.random() * 1e6));

/** How many moments are drawn for each walk. */
const drawn = 5;

const stays = "image: busybox, stop_signal: SIGKILL, restart: always";

/** A change of the second form, of the pause container and every other one; in services, of a network too. */
function specOf(network: string, form: "first" | "second"): string {
  const changed = form === "second";
  return `
x-pod: {network: ${network}, resources: {memory: ${changed ? 96 : 64}m}}
services:
  a:
    ${stays.replaceAll(", ", "\n    ")}
    command: [sh, -c, "echo ${form} is up; exec sleep 1000"]
    configs: [{source: c, target: /c}]
    volumes: [data:/data, /anonymous]
    networks: [x, y]${changed ? '\n    ports: ["127.0.0.1::80"]' : ""}
  b: {${stays}, command: [sleep, "${changed ? 2000 : 1000}"], networks: [x], depends_on: [a]}
volumes: {data: {}}
networks: {x: {}, y: {${changed ? "labels: {changed: x}" : ""}}}
configs: {c: {content: hello}}
`;
}

/** A pod on an engine of its own, where nobody else uses what pods share. */
class Scene {
  constructor(
    readonly test: TestEngine,
    readonly pod: string,
    readonly directory: string,
    readonly random: () => number,
  ) {}

  write(text: string): Promise<void> {
    return Deno.writeTextFile(`${this.directory}/compose.yaml`, text);
  }

  async mesolet(...words: string[]): Promise<string> {
    const { host } = this.test;
    const { code, out, error } = await runProgram(["-p", this.pod, ...words], {
      host,
      directory: this.directory,
    });
    assertEquals(code, 0, `${words.join(" ")}: ${error}`);
    return out;
  }

  containers(): Promise<ObservedContainer[]> {
    return this.test.engine.listContainers(this.pod);
  }

  /** Everything runs, under its own name, and nothing is to be done. */
  async assertUp(where: string): Promise<void> {
    const seen = (await this.containers()).filter((each) => each.state !== "running" || isPassing(each));
    assertEquals(seen.map(({ name, state }) => `${name} ${state}`), [], where);
    assertEquals(await this.mesolet("plan", "--detach"), "nothing to do\n", where);
    // What is copied between making and starting cannot be seen in a plan.
    assertEquals(await this.mesolet("exec", "-T", "a", "cat", "/c"), "hello", where);
  }

  /** Nothing is left of the pod, nor of what it shared with others. */
  async assertNothingLeft(where: string): Promise<void> {
    const { engine } = this.test;
    const containers = await this.containers();
    assertEquals(containers.map(({ name, state }) => `${name} ${state}`), [], where);
    const needs = needsForDown(this.pod, containers, engine.facts);
    const observed = await engine.observe({ pod: this.pod, containers: [], needs });
    const left = (map: ReadonlyMap<string, unknown>) =>
      [...map].filter(([, value]) => value !== null).map(([name]) => name);
    assertEquals([...left(observed.networks), ...left(observed.volumes)], [], where);
    assertEquals(left(observed.images), [], where);
    assertEquals(observed.cgroup ?? null, null, where);
  }

  /**
   * Runs a command until it is killed at a call; not killed, it ends by itself or has written what it is waited for.
   *
   * @returns how many calls it had made by then
   */
  async crash(words: readonly string[], point: Point | undefined, until: string | undefined) {
    await using socket = new CrashSocket(this.test.host.replace("unix://", ""));
    await using program = startProgram(["-p", this.pod, ...words], {
      host: `unix://${socket.path}`,
      directory: this.directory,
    });
    if (point !== undefined) {
      socket.arm(point.call, point.moment, () => program.signal("SIGKILL"));
    }
    if (until === undefined) await program.ended();
    // It ends without having said so when it is killed before.
    else await program.seen(until).catch(() => {});
    return socket.calls.length;
  }
}

/** A moment at which a command is killed. */
interface Point {
  readonly call: number;
  readonly moment: CrashMoment;
}

/** A command that is killed, what it is killed upon, and how it goes on. */
interface Walk {
  readonly name: string;
  readonly prepare: (scene: Scene) => Promise<void>;
  readonly words: readonly string[];
  /** What it prints when it is through, where it does not end by itself. */
  readonly until?: string;
  readonly mendsBy: readonly ("up" | "down")[];
}

function walksIn(network: string): Walk[] {
  const up = (form: "first" | "second") => async (scene: Scene) => {
    await scene.write(specOf(network, form));
    await scene.mesolet("up", "-d");
  };
  const fresh = (scene: Scene) => scene.write(specOf(network, "first"));
  const changed = async (scene: Scene) => {
    await up("first")(scene);
    await scene.write(specOf(network, "second"));
  };
  const mendsBy = ["up", "up", "down"] as const;
  return [
    { name: "up -d", prepare: fresh, words: ["up", "-d"], mendsBy },
    { name: "a replacing up -d", prepare: changed, words: ["up", "-d"], mendsBy },
    { name: "down", prepare: up("first"), words: ["down", "-v"], mendsBy: ["down"] },
    { name: "up", prepare: fresh, words: ["up"], until: "first is up", mendsBy },
    { name: "a replacing up", prepare: changed, words: ["up"], until: "second is up", mendsBy },
  ];
}

/** Kills a command at moments that are drawn by chance, and mends what is left each time. */
async function crashes(walk: Walk, scene: Scene): Promise<void> {
  const { random } = scene;
  await walk.prepare(scene);
  const calls = await scene.crash(walk.words, undefined, walk.until);
  await scene.mesolet("down", "-v");
  await scene.assertNothingLeft(`${walk.name}, not killed at a call`);
  const points = Array.from({ length: calls * 2 }, (_, index): Point => ({
    call: 1 + (index >> 1),
    moment: index % 2 === 0 ? "before" : "after",
  }));
  for (const point of sampleOf(points, drawn, random)) {
    const where = `${scene.pod}: ${walk.name}, killed ${point.moment} call ${point.call} of ${calls}`;
    await walk.prepare(scene);
    await scene.crash(walk.words, point, walk.until);
    if (walk.mendsBy[Math.floor(random() * walk.mendsBy.length)] === "up") {
      const survivors = walk.name.startsWith("up") ? await scene.containers() : [];
      await scene.mesolet("up", "-d");
      await scene.assertUp(where);
      const now = await scene.containers();
      // What ran was right, and is the same container still.
      for (const { id, name } of survivors.filter(({ state }) => state === "running")) {
        assertEquals(now.find((each) => each.name === name)?.id, id, where);
      }
    }
    await scene.mesolet("down", "-v");
    await scene.assertNothingLeft(where);
  }
}

async function withScene(chance: number, run: (scene: Scene) => Promise<void>): Promise<void> {
  const own = await startPrivateEngine();
  try {
    await using test = await engineAt(own.host);
    await importBusybox(test.connection);
    const directory = await Deno.makeTempDir({ prefix: "mesolet-crash-" });
    try {
      await run(new Scene(test, test.podName(), directory, randomFrom(chance)));
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  } finally {
    await own.stop();
  }
}

/** All walks of a network mode, one after the other. */
async function walks(network: string, scene: Scene): Promise<void> {
  for (const walk of walksIn(network)) await crashes(walk, scene);
}

/** Kills a pull, and what follows it. */
async function pulls(scene: Scene): Promise<void> {
  await using registry = await testRegistry();
  const image = `${registry.address}/app:1`;
  await scene.write(`services: {a: {image: "${image}"}}`);
  const prepare = async () => {
    await scene.test.engine.apply(
      { kind: "remove-image", id: "", cause: "", after: [], image },
      scene.test.context(),
    );
  };
  const words = ["up", "--no-start"];
  const calls = await scene.crash(words, undefined, undefined);
  await scene.mesolet("down");
  const points = Array.from({ length: calls * 2 }, (_, index): Point => ({
    call: 1 + (index >> 1),
    moment: index % 2 === 0 ? "before" : "after",
  }));
  for (const point of sampleOf(points, drawn, scene.random)) {
    const where = `killed ${point.moment} call ${point.call} of ${calls}`;
    await prepare();
    await scene.crash(words, point, undefined);
    await scene.mesolet(...words);
    const containers = (await scene.containers()).map(({ labels, state }) =>
      `${labels[Label.container] ?? labels[Label.role]} ${state}`
    );
    assertEquals(containers.sort(), ["a created", "pause created"], where);
    await scene.mesolet("down");
    await scene.assertNothingLeft(where);
  }
}

Deno.test(`engine: mesolet killed at any call is made up for by the next one (MESOLET_CRASH_SEED=${seed})`, async () => {
  // Side by side, as most of the time is the engines'.
  await Promise.all([
    withScene(seed, (scene) => walks("pod", scene)),
    withScene(seed + 1, (scene) => walks("services", scene)),
    withScene(seed + 2, pulls),
  ]);
});
