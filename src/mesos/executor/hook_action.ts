import { concat } from "../../pod/bytes.ts";
import { messageOf } from "../../pod/errors.ts";
import type { Clock } from "../../pod/clock.ts";
import type { StatusMoment } from "../../pod/status_hook.ts";

/** What hooks are told. */
export interface HookFacts {
  readonly moment: StatusMoment;
  readonly task: string;
  readonly pod: string;
  readonly framework: string;
  readonly executor: string;
  readonly agent?: string;
  /** In words: why the pod is where it is. */
  readonly reason: string;
  /** The pod's, once it has ended. */
  readonly exitCode?: number;
  /** RFC 3339. */
  readonly time: string;
}

/** Bytes of a command's output, or of an answer, that are kept for its problem: the last, or the first. */
const keptBytes = 2_048;
/** Lines of them that are shown. */
const keptLines = 5;
/** A command that has ended may have left its output to another process: it is waited for this long, in milliseconds. */
const outputBound = 500;
/** Where commands are looked for when the agent says nothing. */
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Runs a command on this host. It sees the variables given and `PATH`, nothing else of our environment.
 *
 * @param signal kills it, with all of its process group
 * @returns what is wrong: how it ended, and the last lines of what it wrote; undefined when it ended with 0
 */
export async function runHookCommand(
  command: readonly string[],
  options: {
    readonly directory: string;
    readonly variables: Readonly<Record<string, string>>;
    readonly clock: Clock;
  },
  signal: AbortSignal,
): Promise<string | undefined> {
  const [program = "", ...words] = command;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: words,
      cwd: options.directory,
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? usualPath, ...options.variables },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // A session of its own, and with it a process group.
      detached: true,
    }).spawn();
  } catch (error) {
    return messageOf(error);
  }
  const onAbort = () => killGroup(child.pid);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const output = new LastBytes();
  const over = new AbortController();
  const reading = Promise.all([
    output.read(child.stdout, over.signal),
    output.read(child.stderr, over.signal),
  ]);
  try {
    const status = await child.status;
    const timer = new AbortController();
    await Promise.race([reading, options.clock.sleep(outputBound, timer.signal).catch(() => {})]);
    timer.abort();
    if (status.success) return undefined;
    const end = status.signal === null ? `exited with code ${status.code}` : `was ended by ${status.signal}`;
    const lines = output.lines();
    return lines === "" ? end : `${end}: ${lines}`;
  } finally {
    signal.removeEventListener("abort", onAbort);
    over.abort();
    await reading;
  }
}

/**
 * Posts the facts as JSON. Redirects are not followed: they would take the facts elsewhere.
 *
 * @returns what is wrong: no answer, or one that is no success, with its first line; undefined for 2xx
 */
export async function postFacts(
  url: string,
  facts: HookFacts,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(facts),
      redirect: "manual",
      signal,
    });
    const text = await firstBytes(answer);
    if (answer.ok) return undefined;
    const [line = ""] = text.trim().split("\n");
    return `HTTP ${answer.status}${line === "" ? "" : `: ${line.trim()}`}`;
  } catch (error) {
    signal.throwIfAborted();
    return noAnswer(error);
  }
}

/** The beginning of an answer's body; the rest is not read. */
async function firstBytes(answer: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk.subarray(0, keptBytes), { stream: true });
    // To leave the loop cancels the body.
    if (text.length >= keptBytes) break;
  }
  return text;
}

/** The last bytes of an output. */
class LastBytes {
  #bytes = new Uint8Array();

  async read(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
    const reader = stream.getReader();
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel, { once: true });
    try {
      for (let read = await reader.read(); !read.done; read = await reader.read()) this.#add(read.value);
    } catch {
      // What was read so far will do.
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /** The last lines as one: `first; second`. */
  lines(): string {
    const text = new TextDecoder().decode(this.#bytes);
    return text.split("\n").map((line) => line.trim()).filter((line) => line !== "").slice(-keptLines).join(
      "; ",
    );
  }

  #add(bytes: Uint8Array): void {
    this.#bytes = concat([this.#bytes, bytes]).slice(-keptBytes);
  }
}

/** The library's words repeat the URL, which may have a password in it: `error … (URL): client error …`. */
function noAnswer(error: unknown): string {
  const words = error instanceof Error && error.cause !== undefined
    ? messageOf(error.cause)
    : messageOf(error);
  const end = words.lastIndexOf("): ");
  return `no answer: ${end < 0 ? words : words.slice(end + 3)}`;
}

function killGroup(processId: number): void {
  try {
    Deno.kill(-processId, "SIGKILL");
  } catch {
    // It has ended.
  }
}
