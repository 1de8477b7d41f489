import type { Answer } from "../../wire/http.ts";

/** What an answer to SUBSCRIBE other than 200 and 307 means. */
export interface SubscribeVerdict {
  /** Whether another attempt, later or at another master, may have another answer. */
  readonly passing: boolean;
  /** For people, without the master's address. */
  readonly reason: string;
}

/**
 * Judges a refused SUBSCRIBE.
 *
 * @param hasCredential whether we said who we are
 */
export function judgeSubscribe(answer: Answer, hasCredential: boolean): SubscribeVerdict {
  const words = inWords(answer);
  switch (answer.status) {
    case 401:
    case 403: {
      const hint = hasCredential
        ? "the principal or its secret is wrong, or may not register frameworks"
        : "it wants to know who asks: give --principal and --secret-file";
      return { passing: false, reason: `refuses this framework (${words}): ${hint}` };
    }
    case 404:
      // A master that starts has its port before its paths.
      return { passing: true, reason: `does not know the scheduler's API, or not yet (${words})` };
    case 503:
      return { passing: true, reason: `does not lead, or recovers (${words})` };
    default:
      return { passing: answer.status < 400 || answer.status >= 500, reason: `refuses SUBSCRIBE (${words})` };
  }
}

/**
 * What an answer to a call other than SUBSCRIBE means.
 * - `accepted`
 * - `refused`: this call is wrong, and no other subscription would make it right.
 * - `stale`: the master knows another subscription than ours, or none.
 * - `lost`: it is not the master that we subscribed at, or not as it was then.
 */
export type CallVerdict = "accepted" | "refused" | "stale" | "lost";

/** Judges the answer to a call other than SUBSCRIBE. */
export function judgeCall({ status, text }: Answer): CallVerdict {
  if (status >= 200 && status < 300) return "accepted";
  if (status === 403) return "stale";
  if (status === 400) return isAboutSubscription(text) ? "stale" : "refused";
  return [405, 406, 413, 415, 501].includes(status) ? "refused" : "lost";
}

/** The master's words for a stream or a framework that it does not know. */
function isAboutSubscription(text: string): boolean {
  return /stream.?id|framework cannot be found/i.test(text);
}

/** An answer for people: `503 Master has not finished recovery`. */
export function inWords({ status, text }: Answer): string {
  const line = text.trim().split("\n", 1)[0]?.replaceAll(/\p{Cc}/gu, " ").slice(0, 200) ?? "";
  if (line === "") return String(status);
  return line.startsWith(String(status)) ? line : `${status} ${line}`;
}
