import { EarlyBoard } from "../../src/operator/early_board.ts";
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
