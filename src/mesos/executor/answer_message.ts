import { concat } from "../../pod/bytes.ts";
import { messageOf } from "../../pod/errors.ts";
import type { Clock } from "../../pod/clock.ts";
import type { ContainerStatus } from "../../pod/status.ts";
import type { Engine } from "../../docker/engine.ts";
import { bounded } from "../../supervisor/bounded.ts";
import {
  encodeAnswer,
  endOfText,
  type MessageAnswer,
  messageBounds,
  type MessageRequest,
  parseMessage,
} from "./message_protocol.ts";
import type { TaskRun } from "./task_run.ts";

/** Reading the log of a container for an answer, in milliseconds. */
const logBound = 10_000;

/** What answering needs. */
export interface AnswerTools {
  readonly clock: Clock;
  readonly tasks: () => readonly Pick<TaskRun, "taskId" | "pod">[];
  readonly send: (data: Uint8Array) => void;
  readonly log: (text: string) => void;
  /** Ends what is still being answered. */
  readonly signal: AbortSignal;
}

/**
 * Answers a MESSAGE of the framework (docs/executor-messages.md). Never rejects: what goes wrong is the answer, and what
 * is in no language of ours is a line in the log.
 */
export async function answerMessage(data: Uint8Array, tools: AnswerTools): Promise<void> {
  const parsed = parseMessage(data);
  if (parsed.kind === "foreign") return tools.log(`a message of the framework is ignored: ${parsed.reason}`);
  const answer = parsed.kind === "refused" ? parsed.answer : await answerTo(parsed.request, tools);
  for (const part of encodeAnswer(answer)) tools.send(part);
}

async function answerTo(request: MessageRequest, tools: AnswerTools): Promise<MessageAnswer> {
  const id = request.id === undefined ? {} : { id: request.id };
  try {
    return { ...id, ...await carryOut(request, tools) };
  } catch (error) {
    return { ...id, ok: false, error: messageOf(error) };
  }
}

async function carryOut(request: MessageRequest, tools: AnswerTools): Promise<MessageAnswer> {
  const tasks = tools.tasks().filter(({ taskId }) => request.task === undefined || taskId === request.task);
  if (request.kind === "status") {
    return {
      ok: true,
      status: tasks.flatMap(({ taskId, pod }) =>
        pod === undefined ? [] : [{ task: taskId, pod: pod.status }]
      ),
    };
  }
  const [task, another] = tasks;
  if (task === undefined) throw new Error(`no task ${request.task ?? ""} runs here`.replace("  ", " "));
  if (another !== undefined) throw new Error("several tasks run here: name one with task");
  const { pod } = task;
  if (pod === undefined) throw new Error(`the pod of ${task.taskId} is not made yet`);
  const { engine } = pod.reached;
  const container = containerNamed(request.container, pod.status.containers);
  return request.kind === "logs"
    ? await readLogs(container, request.tail, engine, tools)
    : await execute(container, request, engine, tools);
}

/** A container by its name in the spec, with the number of the replica where there are several. */
function containerNamed(
  name: string,
  containers: readonly ContainerStatus[],
): ContainerStatus & { readonly id: string } {
  const found = containers.find((one) => name === one.name || name === `${one.name}-${one.number}`);
  if (found === undefined) {
    const names = [...new Set(containers.map((one) => one.name))].join(", ");
    throw new Error(`the pod has no container ${name}: it has ${names}`);
  }
  if (found.id === undefined) throw new Error(`the container ${name} is not made yet`);
  return { ...found, id: found.id };
}

async function readLogs(
  container: { readonly id: string; readonly name: string },
  tail: number,
  engine: Engine,
  tools: AnswerTools,
): Promise<MessageAnswer> {
  const lines: string[] = [];
  await bounded(`read the log of ${container.name}`, logBound, tools, async (signal) => {
    for await (const { text } of engine.logs(container.id, { follow: false, tail }, signal)) lines.push(text);
  });
  const { text, truncated } = endOfText(lines.map((line) => `${line}\n`).join(""));
  return { ok: true, logs: text, truncated };
}

async function execute(
  container: { readonly id: string; readonly name: string },
  request: Extract<MessageRequest, { kind: "exec" }>,
  engine: Engine,
  tools: AnswerTools,
): Promise<MessageAnswer> {
  const output = new EndOfOutput();
  const over = new AbortController();
  let isLate = false;
  const timer = tools.clock.sleep(request.timeout, AbortSignal.any([over.signal, tools.signal])).then(
    () => {
      isLate = true;
      over.abort();
    },
    () => {},
  );
  let exitCode: number | undefined;
  try {
    ({ exitCode } = await engine.execute(container.id, {
      command: request.command,
      tty: false,
      onOutput: (_, bytes) => output.add(bytes),
    }, AbortSignal.any([over.signal, tools.signal])));
  } catch (error) {
    if (!isLate) throw error;
  } finally {
    over.abort();
    await timer;
  }
  const { text, truncated } = output.read();
  return {
    ok: true,
    exec: { ...(exitCode === undefined ? {} : { exitCode }), output: text, truncated },
  };
}

/** The last of what a command writes, in bounded memory. */
class EndOfOutput {
  #pieces: Uint8Array[] = [];
  #size = 0;
  #dropped = false;

  add(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice());
    this.#size += bytes.length;
    while (this.#pieces.length > 1 && this.#size - (this.#pieces[0]?.length ?? 0) > messageBounds.textBytes) {
      this.#size -= this.#pieces.shift()?.length ?? 0;
      this.#dropped = true;
    }
  }

  read(): { readonly text: string; readonly truncated: boolean } {
    const { text, truncated } = endOfText(new TextDecoder().decode(concat(this.#pieces)));
    return { text, truncated: truncated || this.#dropped };
  }
}
