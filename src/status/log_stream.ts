import type { PodBoard } from "../operator/pod_board.ts";

const encoder = new TextEncoder();

/** Which lines of a pod's log are wanted, and how they are written. */
export interface LogRequest {
  readonly container?: string;
  readonly follow: boolean;
  readonly tail?: number;
  /** One JSON object for each line, in place of text. */
  readonly json: boolean;
}

/** A pod's log, line by line: the next line is asked for when the reader has taken the one before. */
export async function* logStream(
  board: Pick<PodBoard, "logs">,
  pod: string,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { json, ...options } = request;
  for await (const { container, line } of board.logs(pod, options, signal)) {
    if (json) {
      const { stream, time, text } = line;
      yield encoder.encode(`${JSON.stringify({ container, stream, time, text })}\n`);
    } else {
      yield encoder.encode(
        request.container === undefined ? `${container} | ${line.text}\n` : `${line.text}\n`,
      );
    }
  }
}
