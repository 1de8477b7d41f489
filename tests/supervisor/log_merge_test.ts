import { LogMerge, type MergedLine, type TimedLine } from "../../src/supervisor/log_merge.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

interface Line extends TimedLine {
  readonly text: string;
}

function at(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

async function* fromList(lines: readonly Line[]): AsyncGenerator<Line, void, void> {
  for (const line of lines) yield await Promise.resolve(line);
}

/** Numbers that are the same in every run of a seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function collected(lines: AsyncIterable<MergedLine<Line>>): Promise<MergedLine<Line>[]> {
  const all: MergedLine<Line>[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

Deno.test("sources that end are merged in the order of time, and nothing is lost", async () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = randomNumbers(seed);
    const merge = new LogMerge<Line>({ clock: systemClock });
    let written = 0;
    const count = 1 + Math.floor(random() * 6);
    for (let source = 0; source < count; source++) {
      let time = 0;
      // More than a source may be ahead, so that reading has to be held up.
      const length = Math.floor(random() * (seed % 10 === 0 ? 3000 : 40));
      const lines = Array.from({ length }, (_, index) => {
        time += Math.floor(random() * 3);
        return { time: at(time), text: `${source}:${index}` };
      });
      written += length;
      merge.add({ name: `${source}`, lines: fromList(lines) });
    }
    merge.close();
    const merged = await collected(merge.lines());
    assertEquals(merged.length, written, `seed ${seed}`);
    assertEquals(new Set(merged.map(({ line }) => line.text)).size, written);
    for (const [index, { line }] of merged.entries()) {
      const before = merged[index - 1];
      assert(before === undefined || before.line.time <= line.time, `seed ${seed}, line ${index}`);
    }
    for (let source = 0; source < count; source++) {
      const own = merged.filter((each) => each.source === `${source}`).map(({ line }) => line.text);
      assertEquals(own, own.map((_, index) => `${source}:${index}`));
    }
  }
});

/** A source that a test writes to. */
class Tap {
  readonly #waiting: ((result: IteratorResult<Line, void>) => void)[] = [];
  readonly #ready: Line[] = [];
  #ended = false;

  write(line: Line): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#ready.push(line);
    else waiting({ done: false, value: line });
  }

  end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterator<Line, void, void> {
    return {
      next: () => {
        const value = this.#ready.shift();
        if (value !== undefined) return Promise.resolve({ done: false, value });
        if (this.#ended) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => this.#waiting.push(resolve));
      },
    };
  }
}

Deno.test("followed sources: within the window lines are sorted, nothing is lost, nobody waits for longer", async () => {
  const window = 100;
  for (let seed = 1; seed <= 30; seed++) {
    const random = randomNumbers(seed);
    const clock = new SteppedClock(0);
    const merge = new LogMerge<Line>({ clock, window });
    const taps = Array.from({ length: 1 + Math.floor(random() * 4) }, () => new Tap());
    taps.forEach((tap, index) => merge.add({ name: `${index}`, lines: tap }));
    merge.close();
    const emitted: { readonly line: Line; readonly at: number }[] = [];
    const reading = (async () => {
      for await (const { line } of merge.lines()) emitted.push({ line, at: clock.elapsed() });
    })();
    // Lines arrive after a delay of their source that is shorter than the window.
    const delays = taps.map(() => Math.floor(random() * (window - 1)));
    const arrivals = new Map<string, number>();
    const due: { readonly when: number; readonly tap: number; readonly line: Line }[] = [];
    for (let time = 0; time < 2000; time += Math.floor(random() * 60)) {
      const tap = Math.floor(random() * taps.length);
      const line = { time: at(time), text: `${due.length}` };
      due.push({ when: time + (delays[tap] ?? 0), tap, line });
    }
    due.sort((left, right) => left.when - right.when);
    for (const { when, tap, line } of due) {
      await clock.advance(when - clock.elapsed());
      arrivals.set(line.text, clock.elapsed());
      taps[tap]?.write(line);
    }
    await clock.advance(window);
    taps.forEach((tap) => tap.end());
    await clock.settle();
    await reading;
    assertEquals(new Set(emitted.map(({ line }) => line.text)).size, due.length, `seed ${seed}`);
    assertEquals(emitted.length, due.length);
    for (const [index, each] of emitted.entries()) {
      const before = emitted[index - 1];
      assert(before === undefined || before.line.time <= each.line.time, `seed ${seed}, line ${index}`);
      const held = each.at - (arrivals.get(each.line.text) ?? 0);
      assert(held <= window, `seed ${seed}: held for ${held}`);
    }
    assertEquals(clock.sleeping, 0);
  }
});

Deno.test("a single source is not held back", async () => {
  const clock = new SteppedClock(0);
  const merge = new LogMerge<Line>({ clock, window: 100 });
  const tap = new Tap();
  merge.add({ name: "only", lines: tap });
  const lines = merge.lines();
  tap.write({ time: at(1), text: "now" });
  assertEquals((await lines.next()).value?.line.text, "now");
  await lines.return();
  tap.end();
});

Deno.test("a source that is added later joins in, and the merge ends when it is closed", async () => {
  const merge = new LogMerge<Line>({ clock: systemClock, window: 10 });
  merge.add({ name: "a", lines: fromList([{ time: at(1), text: "first" }]) });
  const lines = merge.lines();
  assertEquals((await lines.next()).value?.line.text, "first");
  merge.add({ name: "b", lines: fromList([{ time: at(2), text: "second" }]) });
  assertEquals((await lines.next()).value?.source, "b");
  merge.close();
  assertEquals((await lines.next()).done, true);
});

Deno.test("what a source throws comes after the lines before it", async () => {
  const merge = new LogMerge<Line>({ clock: systemClock });
  async function* broken(): AsyncGenerator<Line, void, void> {
    yield await Promise.resolve({ time: at(1), text: "last words" });
    throw new Error("the log cannot be read");
  }
  merge.add({ name: "a", lines: broken() });
  merge.close();
  const seen: string[] = [];
  await assertRejects(
    async () => {
      for await (const { line } of merge.lines()) seen.push(line.text);
    },
    Error,
    "the log cannot be read",
  );
  assertEquals(seen, ["last words"]);
});
