import type { Change, ChangeFeed } from "../../src/operator/change_feed.ts";
import {
  type LookAnswer,
  type LookReason,
  watchDirectories,
  type WatchSetup,
} from "../../src/operator/watch_directory.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

/** Changes that a test makes up. */
class MadeUpFeed implements ChangeFeed {
  closed = false;
  #next = Promise.withResolvers<void>();
  readonly #events: (Change | Error)[] = [];

  constructor(readonly directories: readonly string[], watching = true) {
    if (watching) this.#events.push({ kind: "watching" });
  }

  tell(path: string): void {
    this.#add({ kind: "changed", paths: [path] });
  }

  lose(): void {
    this.#add({ kind: "lost" });
  }

  /** Says that it watches, where that was left open. */
  watch(): void {
    this.#add({ kind: "watching" });
  }

  fail(message: string): void {
    this.#add(new Error(message));
  }

  close(): void {
    this.closed = true;
    this.#next.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Change> {
    while (!this.closed) {
      const event = this.#events.shift();
      if (event instanceof Error) throw event;
      if (event !== undefined) yield event;
      else {
        await this.#next.promise;
        this.#next = Promise.withResolvers();
      }
    }
  }

  #add(event: Change | Error): void {
    this.#events.push(event);
    this.#next.resolve();
  }
}

/** A watch on a stepped clock: what it looked at when, and why. */
class Watching {
  readonly clock = new SteppedClock();
  readonly looks: string[] = [];
  readonly feeds: MadeUpFeed[] = [];
  readonly trouble: string[] = [];
  /** What the next looks answer. */
  directories: Record<string, string> = { "/d": "1" };
  lookAgainAt: number | undefined;
  takes = 0;
  findsNews = false;
  readonly #ending = new AbortController();
  readonly watch;

  constructor(setup: Partial<WatchSetup> = {}) {
    this.watch = watchDirectories({
      clock: this.clock,
      signal: this.#ending.signal,
      onChange: (reason) => this.#look(reason),
      onTrouble: (message) => this.trouble.push(message),
      open: (directories) => {
        const feed = new MadeUpFeed(directories);
        this.feeds.push(feed);
        return feed;
      },
      ...setup,
    });
  }

  get feed(): MadeUpFeed {
    const feed = this.feeds.at(-1);
    if (feed === undefined) throw new Error("nothing is watched");
    return feed;
  }

  /** Steps the time on and gives the looks on the way: `20 change`. */
  async after(milliseconds: number): Promise<string[]> {
    await this.clock.advance(milliseconds);
    return this.looks.splice(0);
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.watch.done;
    assertEquals(this.clock.sleeping, 0);
    assertEquals(this.feeds.every(({ closed }) => closed), true);
  }

  async #look(reason: LookReason): Promise<LookAnswer> {
    this.looks.push(`${this.clock.elapsed()} ${reason}`);
    if (this.takes > 0) await this.clock.sleep(this.takes);
    const lookAgainAt = this.lookAgainAt;
    this.lookAgainAt = undefined;
    return {
      target: {
        directories: new Map(Object.entries(this.directories)),
        concerns: (path) => path.endsWith(".yaml"),
      },
      lookAgainAt,
      foundNews: this.findsNews,
    };
  }
}

Deno.test("looks at the start, again once it watches, and then every 5 s", async () => {
  const watching = new Watching();
  assertEquals(await watching.after(0), ["0 start", "0 watched"]);
  assertEquals(await watching.after(12_000), ["5000 rescan", "10000 rescan"]);
  await watching.end();
});

Deno.test("a change is looked at 16 ms after it, another one after that in its turn", async () => {
  const watching = new Watching();
  await watching.after(1_000);
  watching.feed.tell("/d/a.yaml");
  assertEquals(await watching.after(15), []);
  assertEquals(await watching.after(1), ["1016 change"]);
  watching.feed.tell("/d/b.yaml");
  assertEquals(await watching.after(500), ["1032 change"]);
  await watching.end();
});

Deno.test("changes in quick succession are one, but none waits longer than 200 ms", async () => {
  const watching = new Watching();
  await watching.after(1_000);
  for (let change = 0; change < 30; change++) {
    watching.feed.tell("/d/a.yaml");
    await watching.clock.advance(10);
  }
  assertEquals(await watching.after(1_000), ["1200 change", "1306 change"]);
  await watching.end();
});

Deno.test("a look that takes long makes the next change wait, so that a storm leaves time for others", async () => {
  const watching = new Watching();
  watching.takes = 30;
  await watching.after(1_000);
  watching.looks.length = 0;
  for (let change = 0; change < 100; change++) {
    watching.feed.tell("/d/a.yaml");
    await watching.clock.advance(25);
  }
  const looks = (await watching.after(1_000)).length;
  // Each takes 30 ms and rests 120: without the rest there would be 50.
  assertEquals(looks >= 12 && looks <= 20, true, `${looks} looks`);
  await watching.end();
});

Deno.test("changes that concern no spec are no changes", async () => {
  const watching = new Watching();
  await watching.after(1_000);
  watching.looks.length = 0;
  watching.feed.tell("/d/notes.txt");
  assertEquals(await watching.after(1_000), []);
  await watching.end();
});

Deno.test("when the kernel lost changes, everything is looked at", async () => {
  const watching = new Watching();
  await watching.after(1_000);
  watching.looks.length = 0;
  watching.feed.lose();
  assertEquals(await watching.after(1_000), ["1016 overflow"]);
  await watching.end();
});

Deno.test("a look can ask for the next one, and somebody can ask for one", async () => {
  const watching = new Watching();
  await watching.after(1_000);
  watching.looks.length = 0;
  watching.lookAgainAt = 1_250;
  watching.watch.rescan();
  assertEquals(await watching.after(1_000), ["1000 asked", "1250 due"]);
  await watching.end();
});

Deno.test("other directories, and ones that were replaced, are watched anew and looked at once more", async () => {
  const watching = new Watching();
  await watching.after(1_000);
  watching.looks.length = 0;
  const [first] = watching.feeds;
  watching.directories = { "/d": "2", "/d/shop": "3" };
  watching.feed.tell("/d/a.yaml");
  assertEquals(await watching.after(1_000), ["1016 change", "1016 watched"]);
  assertEquals([first?.closed, watching.feeds.length, watching.feed.directories], [true, 2, [
    "/d",
    "/d/shop",
  ]]);
  watching.feed.tell("/d/shop/compose.yaml");
  assertEquals(await watching.after(1_000), ["2016 change"]);
  await watching.end();
});

Deno.test("a new feed takes over when it watches; until then the one before tells", async () => {
  let watches = true;
  const watching: Watching = new Watching({
    open: (directories) => {
      const feed = new MadeUpFeed(directories, watches);
      watching.feeds.push(feed);
      return feed;
    },
  });
  await watching.after(1_000);
  watches = false;
  watching.directories = { "/d": "2" };
  watching.watch.rescan();
  watching.looks.length = 0;
  assertEquals(await watching.after(100), ["1000 asked"]);
  watching.feeds[0]?.tell("/d/a.yaml");
  assertEquals([await watching.after(100), watching.feeds.length], [["1116 change"], 2]);
  watching.feeds[1]?.watch();
  assertEquals([await watching.after(100), watching.feeds.map(({ closed }) => closed)], [["1200 watched"], [
    true,
    false,
  ]]);
  await watching.end();
});

Deno.test("where nothing can be watched, the full looks remain, and it is said once", async () => {
  const watching: Watching = new Watching({
    open: (directories) => {
      const feed = new MadeUpFeed(directories, false);
      feed.fail("no space left");
      return feed;
    },
  });
  assertEquals(await watching.after(11_000), [
    "0 start",
    "0 watched",
    "0 watched",
    "0 watched",
    "5000 rescan",
    "10000 rescan",
  ]);
  assertEquals(watching.trouble, ["changes are found only every 5 s: no space left"]);
  await watching.end();
});

Deno.test("a watch that breaks off is begun anew at once", async () => {
  const watching = new Watching();
  await watching.after(1_000);
  watching.looks.length = 0;
  watching.feed.fail("gone");
  assertEquals(await watching.after(4_000), ["1000 watched", "1000 watched"]);
  assertEquals([watching.trouble, watching.feeds.length], [[], 2]);
  await watching.end();
});

Deno.test("a watch that missed something is begun anew", async () => {
  const watching = new Watching();
  await watching.after(1_000);
  watching.findsNews = true;
  await watching.after(4_500);
  assertEquals(watching.feeds.map(({ closed }) => closed), [true, false]);
  watching.findsNews = false;
  await watching.after(20_000);
  assertEquals(watching.feeds.length, 2);
  await watching.end();
});

Deno.test("what a look throws ends the watch, and nothing is left open", async () => {
  const clock = new SteppedClock();
  const watch = watchDirectories({
    clock,
    signal: new AbortController().signal,
    onChange: () => Promise.reject(new Error("a defect")),
  });
  await assertRejects(() => watch.done, Error, "a defect");
  assertEquals(clock.sleeping, 0);
});
