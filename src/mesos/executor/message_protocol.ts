import { present } from "../../pod/present.ts";
import type { PodStatus } from "../../pod/status.ts";

/**
 * What a framework may ask of the executor through MESSAGE, and how it is answered: JSON in both directions
 * (docs/executor-messages.md). Everything here is made from data alone.
 */

/** What is taken and given at most. */
export const messageBounds = {
  /** The longest request, in bytes. */
  requestBytes: 64 * 1024,
  /** The longest answer in one MESSAGE, in bytes: the agent and the master keep messages in memory. */
  answerBytes: 64 * 1024,
  /** The longest text of logs or output in an answer, in bytes of UTF-8. */
  textBytes: 256 * 1024,
  /** Lines of logs: those of a request that names no number, and the most. */
  tail: { usual: 100, most: 10_000 },
  /** Seconds that a command may run: those of a request that names none, and the most. */
  timeoutSeconds: { usual: 10, most: 300 },
  /** The longest id, in characters. */
  idLength: 256,
} as const;

/** Whatever the framework chose: it is given back in the answer. */
export type MessageId = string | number;

/** What a framework asks. */
export type MessageRequest =
  & {
    readonly id?: MessageId;
    /** Whose pod; absent: of the only task that runs. */
    readonly task?: string;
  }
  & (
    | { readonly kind: "status" }
    | { readonly kind: "logs"; readonly container: string; readonly tail: number }
    | {
      readonly kind: "exec";
      readonly container: string;
      readonly command: readonly string[];
      /** Milliseconds. */
      readonly timeout: number;
    }
  );

/** What came of a MESSAGE. */
export type ParsedMessage =
  | { readonly kind: "request"; readonly request: MessageRequest }
  /** It was meant for us and is wrong: this is the answer. */
  | { readonly kind: "refused"; readonly answer: MessageAnswer }
  /** It is in no language of ours: frameworks may send what they like. `reason` is for the log. */
  | { readonly kind: "foreign"; readonly reason: string };

/** An answer to a request. */
export type MessageAnswer =
  & { readonly id?: MessageId }
  & (
    | { readonly ok: true; readonly status: readonly TaskStatusAnswer[] }
    /** The last of what the container wrote; `truncated`: there was more than fits. */
    | { readonly ok: true; readonly logs: string; readonly truncated: boolean }
    | { readonly ok: true; readonly exec: ExecAnswer }
    /** What went wrong, in words. */
    | { readonly ok: false; readonly error: string }
  );

/** One task and its pod. */
export interface TaskStatusAnswer {
  readonly task: string;
  readonly pod: PodStatus;
}

/** How a command in a container went. */
export interface ExecAnswer {
  /** Absent when the command did not end in time. */
  readonly exitCode?: number;
  /** Both streams, as they came. */
  readonly output: string;
  readonly truncated: boolean;
}

/** Reads what a framework sent. Members that are not known are ignored. */
export function parseMessage(data: Uint8Array): ParsedMessage {
  if (data.length > messageBounds.requestBytes) {
    return foreign(`${data.length} bytes are more than the ${messageBounds.requestBytes} of a request`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  } catch {
    return foreign("it is not JSON");
  }
  if (!isObject(value)) return foreign("it is not a JSON object");
  const id = idOf(value);
  const common = present({ id: id.value });
  try {
    if (id.problem !== undefined) throw new Refusal(id.problem);
    return { kind: "request", request: { ...common, ...taskOf(value), ...questionOf(value) } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind: "refused", answer: { ...common, ok: false, error: error.message } };
  }
}

/**
 * The bytes of an answer: one message, or several where it is too long for one. Those are objects with `chunk` (from
 * 1), `chunks` and `part`; all parts together are the JSON text of the answer.
 */
export function encodeAnswer(answer: MessageAnswer): readonly Uint8Array[] {
  const text = JSON.stringify(answer);
  const whole = new TextEncoder().encode(text);
  if (whole.length <= messageBounds.answerBytes) return [whole];
  // What stands around a part: the id may be long, and a control character in it takes six bytes.
  const frame = 100 + new TextEncoder().encode(JSON.stringify(answer.id ?? "")).length;
  const parts = splitText(text, messageBounds.answerBytes - frame);
  const { id, ok } = answer;
  return parts.map((part, index) =>
    new TextEncoder().encode(
      JSON.stringify({ ...present({ id }), ok, chunk: index + 1, chunks: parts.length, part }),
    )
  );
}

/** The end of a text that is too long for an answer, from the beginning of a line where there is one. */
export function endOfText(text: string): { readonly text: string; readonly truncated: boolean } {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= messageBounds.textBytes) return { text, truncated: false };
  let start = bytes.length - messageBounds.textBytes;
  while (isContinuation(bytes[start])) start++;
  const end = new TextDecoder().decode(bytes.subarray(start));
  const line = end.indexOf("\n");
  return { text: line < 0 ? end : end.slice(line + 1), truncated: true };
}

/** A request that is wrong. Its message is the answer. */
class Refusal extends Error {}

type Fields = Readonly<Record<string, unknown>>;
type Question = MessageRequest extends infer Request
  ? Request extends MessageRequest ? Omit<Request, "id" | "task"> : never
  : never;

const verbs = ["status", "logs", "exec"] as const;

function questionOf(fields: Fields): Question {
  const asked = verbs.filter((verb) => Object.hasOwn(fields, verb));
  const [verb] = asked;
  if (verb === undefined || asked.length > 1) {
    throw new Refusal("Ask for one of: status, logs, exec");
  }
  switch (verb) {
    case "status":
      if (fields.status !== true) throw new Refusal("status is not true");
      return { kind: "status" };
    case "logs":
      return {
        kind: "logs",
        container: textOf(fields.logs, "logs", "the name of a container"),
        tail: numberOf(fields.tail, "tail", messageBounds.tail),
      };
    case "exec": {
      const { exec } = fields;
      if (!isObject(exec)) throw new Refusal("exec is not an object with container and command");
      return {
        kind: "exec",
        container: textOf(exec.container, "exec.container", "the name of a container"),
        command: commandOf(exec.command),
        timeout: numberOf(exec.timeout, "exec.timeout", messageBounds.timeoutSeconds) * 1_000,
      };
    }
  }
}

function idOf(fields: Fields): { readonly value?: MessageId; readonly problem?: string } {
  const { id } = fields;
  if (id === undefined || id === null) return {};
  if (typeof id === "number") return { value: id };
  if (typeof id === "string" && id.length <= messageBounds.idLength) return { value: id };
  return { problem: `id is not a number or a text of up to ${messageBounds.idLength} characters` };
}

function taskOf(fields: Fields): { readonly task?: string } {
  return fields.task === undefined ? {} : { task: textOf(fields.task, "task", "the id of a task") };
}

function textOf(value: unknown, path: string, what: string): string {
  if (typeof value !== "string" || value === "") throw new Refusal(`${path} is not ${what}`);
  return value;
}

function numberOf(
  value: unknown,
  path: string,
  range: { readonly usual: number; readonly most: number },
): number {
  if (value === undefined) return range.usual;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > range.most) {
    throw new Refusal(`${path} is not a whole number from 1 to ${range.most}`);
  }
  return value;
}

function commandOf(value: unknown): readonly string[] {
  const words = Array.isArray(value) ? value : [];
  const [program] = words;
  if (!words.every((word): word is string => typeof word === "string") || !program) {
    throw new Refusal("exec.command is not a list of words that begins with a program");
  }
  return words;
}

/** Cuts a JSON text so that no part, written as a JSON string itself, is longer than `bytes`. */
function splitText(text: string, bytes: number): string[] {
  const parts: string[] = [];
  let from = 0;
  let at = 0;
  let used = 0;
  for (const character of text) {
    const size = sizeInString(character);
    if (used + size > bytes) {
      parts.push(text.slice(from, at));
      [from, used] = [at, 0];
    }
    at += character.length;
    used += size;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Bytes of a character of a JSON text within a JSON string. Control characters are escaped in such a text already. */
function sizeInString(character: string): number {
  if (character === '"' || character === "\\") return 2;
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

function foreign(reason: string): ParsedMessage {
  return { kind: "foreign", reason };
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A byte within a character of UTF-8 that has begun before. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
