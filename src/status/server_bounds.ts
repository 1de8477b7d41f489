/** Every bound of the status server. Times are milliseconds. */
export interface ServerBounds {
  /** Bytes of a request. */
  readonly head: number;
  /** From the end of one answer, or the opening of the connection, to the end of the next request. */
  readonly request: number;
  /** A reader that takes nothing for so long is let go. */
  readonly write: number;
  /** Open at a time. When there are more, one that is idle is closed, or else the new one is turned away. */
  readonly connections: number;
  /** Answers that have no end, at a time: connections for short questions stay free. */
  readonly streams: number;
  /** At the end of the server, for answers that are under way. */
  readonly shutdown: number;
  /** Between two signs of life in a stream of events. */
  readonly heartbeat: number;
  /** Changes within this time are told of together. */
  readonly gather: number;
  /** The loop makes no progress for so long: `/healthz` fails. It does so every few seconds at the least. */
  readonly stalled: number;
}

export const serverBounds: ServerBounds = {
  head: 16_384,
  request: 30_000,
  write: 30_000,
  connections: 128,
  streams: 64,
  shutdown: 500,
  heartbeat: 10_000,
  gather: 100,
  stalled: 30_000,
};
