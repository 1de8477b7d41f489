import type { EngineCall } from "./engine.ts";

/** How many calls are remembered; a long-running operator must not grow without end. */
const rememberedCalls = 4096;

/** What the engine was asked, the newest last. */
export class CallLog {
  #calls: EngineCall[] = [];

  get calls(): readonly EngineCall[] {
    return this.#calls;
  }

  /** Remembers a call that is being sent; the returned function completes it when the answer has begun. */
  begin(method: string, path: string): (milliseconds: number, status: number | undefined) => void {
    const sent: EngineCall = { method, path, mutating: isMutating(method, path) };
    // Half is dropped at once, so that a call costs no copy of the list.
    if (this.#calls.length >= rememberedCalls) this.#calls = this.#calls.slice(rememberedCalls / 2);
    this.#calls.push(sent);
    return (milliseconds, status) => {
      const index = this.#calls.lastIndexOf(sent);
      if (index < 0) return;
      this.#calls[index] = { ...sent, milliseconds, ...(status === undefined ? {} : { status }) };
    };
  }
}

/** Waiting, and sizing a terminal, are POSTs that change nothing of a pod. */
function isMutating(method: string, path: string): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const route = path.split("?")[0] ?? path;
  return !(route.endsWith("/wait") || route.endsWith("/resize"));
}
