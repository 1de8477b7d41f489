import { connectEngine } from "../src/docker/connect.ts";
import { specBounds } from "../src/operator/decide_specs.ts";
import { startOperator } from "../src/operator/operator.ts";
import { followDirectories } from "../src/operator/spec_directories.ts";
import { systemClock } from "../src/pod/clock.ts";
import { makePodPlanner } from "../src/supervisor/pod_planner.ts";
import { WatchedSocket } from "../tests/support/watched_socket.ts";
import { waitUntil } from "../tests/support/wait.ts";
import { median } from "./measure.ts";

const spec = `services:
  web: {image: busybox, command: ["sleep", "1000000"], restart: always, healthcheck: {disable: true}}
`;

/**
 * From the end of a container, by the engine's own time stamp, to the arrival of the call that starts it again: of an
 * operator in this process that pauses for no back-off. The median of so many, in milliseconds.
 */
export async function measureRestart(host: string, times: number): Promise<number> {
  const root = await Deno.makeTempDir({ prefix: "mesolet-bench-restart-" });
  await Deno.writeTextFile(`${root}/web.yaml`, spec);
  await using socket = new WatchedSocket(host);
  const engine = await connectEngine({ host: socket.host, environment: {} });
  const witness = await connectEngine({ host, environment: {} });
  const operator = startOperator({
    engine,
    clock: systemClock,
    follow: (setup) =>
      followDirectories({
        ...setup,
        directories: [root],
        clock: systemClock,
        environment: {},
        bounds: specBounds,
      }),
    plannerFor: (of) =>
      makePodPlanner({
        engine: of,
        host: { engine: engine.facts, environment: [], cgroups: { usable: false, reason: "of no use here" } },
        clock: systemClock,
        version: "bench",
      }),
    parallel: 8,
    supervision: { backOffFirst: 0, backOffLast: 0 },
  });
  const delays: number[] = [];
  let startedAt = 0;
  socket.onCall = (call) => {
    if (/^POST \S*\/containers\/[0-9a-f]+\/start/.test(call)) startedAt = Date.now();
  };
  const over = new AbortController();
  let endedAt = 0;
  const listening = (async () => {
    for await (const { action, time } of witness.events({}, over.signal)) {
      if (action === "die") endedAt = time;
    }
  })();
  const runs = async () => {
    const detail = await witness.inspect("web-web-1");
    return detail?.state === "running" ? detail.processId : undefined;
  };
  try {
    await waitUntil("the pod runs", async () => operator.board.ready && await runs() !== undefined, 60_000);
    for (let time = 0; time < times; time++) {
      const before = await runs();
      if (before === undefined) throw new Error("there is no container to end");
      startedAt = endedAt = 0;
      Deno.kill(before, "SIGKILL");
      await waitUntil(
        "it runs again",
        async () => startedAt > 0 && endedAt > 0 && await runs() !== undefined,
        60_000,
      );
      delays.push(startedAt - endedAt);
    }
    return median(delays);
  } finally {
    over.abort();
    await listening;
    operator.stop("stop-pods");
    operator.killNow();
    await operator.done;
    engine.close();
    witness.close();
    await Deno.remove(root, { recursive: true });
  }
}
