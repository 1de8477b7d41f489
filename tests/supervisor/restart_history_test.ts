import type { EngineEvent } from "../../src/docker/engine.ts";
import { type RestartHistory, restartHistory } from "../../src/supervisor/restart_history.ts";
import { assertEquals } from "../support/assert.ts";
import { podFrom, SupervisedPod } from "../support/supervising.ts";

const minute = 60_000;

/** `create@0`, `die@10`: actions of the container `a` at seconds. */
function eventsOf(text: string): EngineEvent[] {
  return text.split(" ").map((word) => {
    const [action = "", seconds = "0"] = word.split("@");
    return {
      action: action as EngineEvent["action"],
      containerId: "a",
      containerName: "shop-web-1",
      labels: {},
      time: Number(seconds) * 1000,
    };
  });
}

const cases: readonly {
  readonly name: string;
  readonly events: string;
  readonly is?: Omit<RestartHistory, "endedByItself">;
  readonly over?: boolean;
}[] = [
  { name: "it was made, and runs", events: "create@0 start@0" },
  {
    name: "it ended once: its supervisor is about to judge that",
    events: "create@0 start@0 die@5",
    is: { restarts: 0, failures: 0 },
    over: true,
  },
  {
    name: "it ended three times and was started again each time",
    events: "create@0 start@0 die@1 start@11 die@12 start@32 die@33 start@73",
    is: { restarts: 3, failures: 3 },
  },
  {
    name: "the engine remembers only the last of it",
    events: "die@12 start@32 die@33",
    is: { restarts: 1, failures: 1 },
    over: true,
  },
  {
    name: "a good run begins the count anew",
    events: "start@0 die@1 start@11 die@12 start@32 die@700 start@710",
    is: { restarts: 3, failures: 1 },
  },
  {
    name: "somebody stopped it",
    events: "create@0 start@0 kill@5 die@5",
    is: { restarts: 0, failures: 0 },
  },
  {
    name: "somebody restarted it: no failure",
    events: "start@0 kill@5 die@5 start@6 die@7 start@17",
    is: { restarts: 2, failures: 1 },
  },
];

for (const { name, events, is, over = false } of cases) {
  Deno.test(`restart history: ${name}`, () => {
    const found = restartHistory(eventsOf(events), { backOffReset: 10 * minute });
    assertEquals(found.get("a"), is === undefined ? undefined : { ...is, endedByItself: over });
  });
}

Deno.test("a container that is adopted between two restarts goes on with the back-off that it had", async () => {
  await using supervised = new SupervisedPod();
  const { engine, clock } = supervised;
  const pod = await podFrom("  web: {image: busybox, restart: always}\n");
  await supervised.begin(pod);
  for (let failures = 1; failures <= 3; failures++) {
    engine.exit("shop-web-1", 1);
    await clock.advance(10_000 * 2 ** (failures - 1));
  }
  assertEquals(supervised.container("web").restarts, 3);
  supervised.supervision.detach();
  await clock.settle();
  const events: EngineEvent[] = [];
  for await (const event of engine.events({ since: 0, until: clock.now() }, new AbortController().signal)) {
    events.push(event);
  }
  const history = restartHistory(events, { backOffReset: 10 * minute });
  await supervised.begin(pod, { found: "judge", history: (id) => history.get(id) });
  assertEquals(supervised.container("web").restarts, 3);
  engine.exit("shop-web-1", 1);
  await clock.settle();
  assertEquals(supervised.container("web").reason, "exited with code 1 (restarting in 80 s, 4th time)");
});

Deno.test("pods that were begun at different times are listed at the same moments", async () => {
  await using early = new SupervisedPod();
  const { clock, engine } = early;
  await early.begin(await podFrom("  web: {image: busybox}\n"));
  await clock.advance(17_000);
  const before = engine.lists;
  await clock.advance(42_999);
  assertEquals(engine.lists, before);
  await clock.advance(1);
  assertEquals(engine.lists, before + 1);
});
