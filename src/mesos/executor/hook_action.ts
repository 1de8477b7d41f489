import { messageOf } from "../../pod/errors.ts";
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

/** Bytes of an answer that are kept for its problem: the first. */
const keptBytes = 2_048;

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

/** The library's words repeat the URL, which may have a password in it: `error … (URL): client error …`. */
function noAnswer(error: unknown): string {
  const words = error instanceof Error && error.cause !== undefined
    ? messageOf(error.cause)
    : messageOf(error);
  const end = words.lastIndexOf("): ");
  return `no answer: ${end < 0 ? words : words.slice(end + 3)}`;
}
