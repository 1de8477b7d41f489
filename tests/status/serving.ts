import { systemClock } from "../../src/pod/clock.ts";
import type { Clock } from "../../src/pod/clock.ts";
import { StatusMetrics } from "../../src/status/metrics.ts";
import { listenForStatus, serveStatus, type StatusServer } from "../../src/status/server.ts";
import type { ServerBounds } from "../../src/status/server_bounds.ts";
import { FakeBoard } from "./fake_board.ts";

/** A status server of a test, on a port of its own. */
export interface Serving extends AsyncDisposable {
  readonly board: FakeBoard;
  readonly address: string;
  stop(): Promise<void>;
}

export async function serving(
  options: {
    readonly listen?: string;
    readonly clock?: Clock;
    readonly bounds?: Partial<ServerBounds>;
    readonly board?: FakeBoard;
  } = {},
): Promise<Serving> {
  const board = options.board ?? new FakeBoard();
  const clock = options.clock ?? systemClock;
  if (options.board === undefined) board.lastProgress = clock.elapsed();
  const ending = new AbortController();
  const server: StatusServer = serveStatus({
    board,
    metrics: new StatusMetrics("1.2.3"),
    listener: await listenForStatus(options.listen ?? "127.0.0.1:0", clock),
    clock,
    signal: ending.signal,
    version: "1.2.3",
    ...(options.bounds === undefined ? {} : { bounds: options.bounds }),
  });
  const stop = async () => {
    ending.abort();
    await server.done;
  };
  return { board, address: server.address, stop, [Symbol.asyncDispose]: stop };
}
