/** A status server in a process of its own: prints its address, and ends with its input. */
import { systemClock } from "../../src/pod/clock.ts";
import { FakeBoard } from "./fake_board.ts";
import { serving } from "./serving.ts";

const board = new FakeBoard();
board.lastProgress = systemClock.elapsed();
await using server = await serving({ board, bounds: { stalled: Infinity } });
Deno.stdout.writeSync(new TextEncoder().encode(`${server.address}\n`));
await Deno.stdin.read(new Uint8Array(1));
