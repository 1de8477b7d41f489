import { EarlyBoard } from "../operator/early_board.ts";
import type { Clock } from "../pod/clock.ts";
import type { StatusMetrics } from "../status/metrics.ts";
import { programVersion } from "./program_version.ts";

/** What an operator tells over HTTP, from before it has an engine until its end. */
export interface OperatorStatus {
  readonly board: EarlyBoard;
  readonly metrics: StatusMetrics;
  /** Absent: nothing listens. */
  readonly address: string | undefined;
  /** Ends the server; also twice. */
  close(): Promise<void>;
}

/**
 * Listens and answers at once: who asks while the engine is waited for hears that, instead of nothing.
 *
 * @param listen an address, or `none`
 * @throws {MesoletError} when it cannot listen there
 */
export async function openOperatorStatus(listen: string, clock: Clock): Promise<OperatorStatus> {
  const { listenForStatus, serveStatus } = await import("../status/server.ts");
  const { StatusMetrics } = await import("../status/metrics.ts");
  const board = new EarlyBoard(clock);
  const metrics = new StatusMetrics(programVersion);
  if (listen === "none") return { board, metrics, address: undefined, close: () => Promise.resolve() };
  const listener = await listenForStatus(listen, clock);
  const closing = new AbortController();
  const server = serveStatus({
    board,
    metrics,
    listener,
    clock,
    signal: closing.signal,
    version: programVersion,
  });
  return {
    board,
    metrics,
    address: server.address,
    async close() {
      closing.abort();
      await server.done;
    },
  };
}
