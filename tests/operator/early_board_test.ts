import { EarlyBoard } from "../../src/operator/early_board.ts";
import { LiveBoard } from "../../src/operator/live_board.ts";
import { assertEquals } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { FakeBoard, lines, podEntry } from "../status/fake_board.ts";

Deno.test("a board is empty until its operator begins, and tells what is waited for", async () => {
  const clock = new SteppedClock();
  const early = new EarlyBoard(clock);
  let changes = 0;
  early.onChange(() => changes++);
  assertEquals([early.pods(), early.problems(), early.events(), early.ready], [[], [], [], false]);
  assertEquals(await Array.fromAsync(early.logs("web", { follow: true }, AbortSignal.abort())), []);
  const begun = clock.elapsed();
  await clock.advance(1_000);
  early.wait();
  early.wait("nobody listens");
  early.wait("nobody listens");
  assertEquals([early.waitsFor, early.lastProgress - begun, changes], ["nobody listens", 1_000, 1]);
});

Deno.test("who listens to a board before its operator begins goes on with the operator's", async () => {
  const early = new EarlyBoard(new SteppedClock());
  let changes = 0;
  const listener = () => void changes++;
  const unlisten = early.onChange(listener);
  early.onChange(listener);
  early.wait("nobody listens");
  const board = new FakeBoard();
  board.entries = [podEntry("web")];
  board.lastProgress = 7;
  board.log = () => lines(["one"]);
  early.begin(board);
  assertEquals([early.pods().length, early.ready, early.waitsFor, early.lastProgress], [
    1,
    true,
    undefined,
    7,
  ]);
  assertEquals((await Array.fromAsync(early.logs("web", { follow: false }, AbortSignal.abort()))).length, 1);
  changes = 0;
  board.happen("one");
  assertEquals([changes, early.events(0).length], [2, 1]);
  unlisten();
  board.happen("two");
  assertEquals([changes, early.events(1).length], [3, 1]);
});

Deno.test("a board that stands by again is empty, and its events go on with their numbers", () => {
  const clock = new SteppedClock();
  const early = new EarlyBoard(clock);
  const begin = (text: string) => {
    const board = new LiveBoard({ clock, readLogs: async function* () {}, onEvent: () => {} });
    early.begin(board);
    board.tell("operator", text);
    board.setReady();
    return board;
  };
  const first = begin("one");
  early.standBy("another one leads");
  assertEquals([early.ready, early.waitsFor, early.awaits, early.pods()], [
    false,
    "another one leads",
    "lead",
    [],
  ]);
  let changes = 0;
  early.onChange(() => changes++);
  first.tell("operator", "too late");
  assertEquals(changes, 0);
  begin("two");
  assertEquals(early.ready, true);
  const told = (since?: number) => early.events(since).map(({ number, text }) => `${number} ${text}`);
  assertEquals([told(), told(1), told(2)], [["1 one", "2 two"], ["2 two"], []]);
});
