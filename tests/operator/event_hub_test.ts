import { EventHub } from "../../src/operator/event_hub.ts";
import { assertEquals } from "../support/assert.ts";
import { ScriptedEngine } from "../support/scripted_engine.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

/** A hub over an engine in memory with the containers `a` and `b` of the pods of these names. */
class Hub {
  readonly clock = new SteppedClock();
  readonly engine = new ScriptedEngine(this.clock);
  readonly seen: string[] = [];
  readonly hub = new EventHub(this.engine, ({ containerName }) => this.seen.push(containerName));

  constructor() {
    for (const name of ["a", "b"]) this.engine.put({ name, labels: { "io.mesolet.pod": name } });
  }

  /** Listens; what is heard is in the list, with `over` at the end. */
  listen(pod: string, since = this.clock.now(), signal = new AbortController().signal): string[] {
    const heard: string[] = [];
    const follow = async () => {
      for await (const event of this.hub.events({ pod, since }, signal)) {
        heard.push(`${event.containerName} ${event.action}`);
      }
      heard.push("over");
    };
    follow();
    return heard;
  }
}

Deno.test("one stream for all: each hears of its own pod, in order", async () => {
  const test = new Hub();
  const { clock, engine, hub, seen } = test;
  const [a, b] = [test.listen("a"), test.listen("b")];
  await clock.settle();
  assertEquals(engine.openStreams, 1);
  engine.exit("a", 1);
  engine.startByHand("a");
  engine.exit("b", 0);
  await clock.settle();
  assertEquals(a, ["a die", "a start"]);
  assertEquals(b, ["b die"]);
  assertEquals(seen, ["a", "a", "b"]);
  await hub.close();
  await clock.settle();
  assertEquals([a.at(-1), b.at(-1)], ["over", "over"]);
  assertEquals(engine.openStreams, 0);
});

Deno.test("a loss ends all; who comes back is told what it missed, also when another one came first", async () => {
  const test = new Hub();
  const { clock, engine } = test;
  const begun = clock.now();
  const lost = [test.listen("a"), test.listen("b")];
  await clock.advance(1_000);
  engine.loseStreams();
  await clock.settle();
  assertEquals(lost, [["over"], ["over"]]);
  engine.exit("a", 1);
  engine.exit("b", 1);
  await clock.advance(1_000);
  const a = test.listen("a", begun);
  await clock.settle();
  assertEquals(a, ["a die"]);
  const b = test.listen("b", begun);
  await clock.settle();
  assertEquals(b, ["b die"]);
  assertEquals(engine.openStreams, 1);
  await test.hub.close();
});

Deno.test("who asks for more than is known here gets a stream of its own", async () => {
  const test = new Hub();
  const { clock, engine } = test;
  engine.exit("b", 1);
  await clock.advance(1_000);
  const live = test.listen("a");
  const past = test.listen("b", clock.now() - 60_000);
  await clock.settle();
  assertEquals(past, ["b die"]);
  assertEquals(engine.openStreams, 2);
  assertEquals(live, []);
  await test.hub.close();
  await clock.settle();
  assertEquals(engine.openStreams, 0);
});

Deno.test("who leaves leaves the others their stream", async () => {
  const test = new Hub();
  const leaving = new AbortController();
  const left = test.listen("a", test.clock.now(), leaving.signal);
  const stays = test.listen("b");
  await test.clock.settle();
  leaving.abort();
  test.engine.exit("b", 1);
  await test.clock.settle();
  assertEquals(left, ["over"]);
  assertEquals(stays, ["b die"]);
  await test.hub.close();
});
