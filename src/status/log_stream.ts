import type { PodBoard, PodLogOptions } from "../operator/pod_board.ts";

const encoder = new TextEncoder();

/** Which lines of a pod's log are wanted, and how they are written. */
export interface LogRequest extends PodLogOptions {
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
    const { stream, time, text } = line;
    if (json) {
      // Lines of a cluster have a time only where it stands in them.
      const told = time === "" ? { container, stream, text } : { container, stream, time, text };
      yield encoder.encode(`${JSON.stringify(told)}\n`);
    } else {
      yield encoder.encode(isPlain(request, container) ? `${text}\n` : `${container} | ${text}\n`);
    }
  }
}

/** Lines of one container alone have nothing in front; of a cluster they are `0/api-1`, from several instances. */
function isPlain({ container, instance }: LogRequest, name: string): boolean {
  return container !== undefined && (instance !== undefined || !name.includes("/"));
}
