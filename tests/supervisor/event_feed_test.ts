import { assertEquals } from "../support/assert.ts";
import { ScriptedEngine } from "../support/scripted_engine.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { Label } from "../../src/pod/labels.ts";
import { openEventFeed } from "../../src/supervisor/event_feed.ts";
import { supervisionBounds } from "../../src/supervisor/supervision_bounds.ts";

async function opened() {
  const clock = new SteppedClock();
  const engine = new ScriptedEngine(clock);
  const feed = openEventFeed({ engine, clock, pod: "shop", bounds: supervisionBounds });
  const told: string[] = [];
  feed.subscribe((notice) => {
    told.push(notice.kind === "event" ? `${notice.event.action} ${notice.event.containerName}` : notice.kind);
  });
  engine.put({ name: "web", labels: { [Label.pod]: "shop", [Label.container]: "web" } });
  await clock.settle();
  return { clock, engine, feed, told };
}

Deno.test("event feed: events come once, also when the engine tells them again after a loss", async () => {
  const { clock, engine, feed, told } = await opened();
  engine.exit("web", 1);
  await clock.settle();
  engine.loseStreams();
  await clock.settle();
  engine.startByHand("web");
  await clock.advance(1_000);
  assertEquals(told, ["die web", "lost", "restored", "start web"]);
  await feed.close();
  assertEquals([clock.sleeping, engine.openStreams], [0, 0]);
});

Deno.test("event feed: two like events in one moment are two", async () => {
  const { clock, engine, feed, told } = await opened();
  engine.setHealth("web", "healthy");
  engine.setHealth("web", "unhealthy");
  engine.setHealth("web", "healthy");
  await clock.settle();
  assertEquals(told, ["health web", "health web", "health web"]);
  await feed.close();
});

Deno.test("event feed: it asks with growing pauses until the engine answers", async () => {
  const { clock, engine, feed, told } = await opened();
  const asked: number[] = [];
  const ping = engine.ping.bind(engine);
  engine.ping = () => {
    asked.push(clock.elapsed());
    return ping();
  };
  engine.goDown();
  await clock.advance(30_000);
  assertEquals(asked, [250, 750, 1_750, 3_750, 7_750, 15_750, 25_750]);
  assertEquals(feed.connected, false);
  engine.comeUp({ forgetful: true });
  await clock.advance(10_000);
  assertEquals(told, ["lost", "restored"]);
  assertEquals(feed.connected, true);
  await feed.close();
});

Deno.test("event feed: closing ends it at any time", async (t) => {
  await t.step("while it waits to ask again", async () => {
    const { clock, engine, feed } = await opened();
    engine.goDown();
    await clock.advance(5_000);
    await feed.close();
    assertEquals(clock.sleeping, 0);
  });
  await t.step("when a stream does not end", async () => {
    const clock = new SteppedClock();
    const engine = {
      events: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }),
      ping: () => Promise.resolve(true),
    };
    const feed = openEventFeed({ engine, clock, pod: "shop", bounds: supervisionBounds });
    await clock.settle();
    const closed = feed.close();
    await clock.advance(2_000);
    await closed;
  });
});
