/** Changes in directories, as the kernel tells them. */
export interface ChangeFeed extends AsyncIterable<Change> {
  /** Ends it; safe to call twice. */
  close(): void;
}

/**
 * What a feed tells.
 * - `watching`: from now on changes are told. First of all, once.
 * - `changed`: something happened at these paths.
 * - `lost`: something happened, and nobody knows where.
 */
export type Change =
  | { readonly kind: "watching" | "lost" }
  | { readonly kind: "changed"; readonly paths: readonly string[] };

/** What the worker says. */
type Message = Change | { readonly kind: "failed"; readonly message: string };

/** `Deno.watchFs` drops what comes while so many events wait to be taken, and says nothing of it. */
const queue = 16;

/** So many events within this time, in milliseconds, may have been a full queue. */
const burst = 250;

/**
 * The worker's program. A text, so that it is in every form of the program; what is read is no change.
 */
const program = `
self.onmessage = async ({ data }) => {
  try {
    const watcher = Deno.watchFs(data, { recursive: false });
    self.postMessage({ kind: "watching" });
    let times = [];
    for await (const { kind, paths, flag } of watcher) {
      times.push(performance.now());
      const full = times.length >= ${queue} && times.at(-1) - times.at(-${queue}) < ${burst};
      if (full) times = [];
      else if (times.length > ${queue}) times.shift();
      if (full || flag === "rescan") self.postMessage({ kind: "lost" });
      else if (kind !== "access") self.postMessage({ kind: "changed", paths });
    }
  } catch (error) {
    self.postMessage({ kind: "failed", message: String(error?.message ?? error) });
  }
};`;

/**
 * Watches directories, without what is below them.
 *
 * In a worker of its own: `Deno.watchFs` opens the files that change to compare them, so a FIFO holds it up until
 * somebody writes to it, and whoever watches anything more in the same runtime waits with it. A worker can be left behind.
 *
 * The iteration throws an Error when the directories cannot be watched, or not any more.
 */
export function openChangeFeed(directories: readonly string[]): ChangeFeed {
  const worker = new Worker(`data:application/javascript,${encodeURIComponent(program)}`, { type: "module" });
  const messages: Message[] = [];
  let rung = Promise.withResolvers<void>();
  let closed = false;
  const add = (message: Message) => {
    messages.push(message);
    rung.resolve();
  };
  worker.onmessage = ({ data }: MessageEvent<Message>) => add(data);
  worker.onerror = (event) => {
    event.preventDefault();
    add({ kind: "failed", message: event.message });
  };
  worker.postMessage([...directories]);
  return {
    close() {
      if (closed) return;
      closed = true;
      worker.terminate();
      rung.resolve();
    },
    async *[Symbol.asyncIterator]() {
      while (!closed) {
        const message = messages.shift();
        if (message === undefined) {
          await rung.promise;
          rung = Promise.withResolvers();
        } else if (message.kind === "failed") throw new Error(message.message);
        else yield message;
      }
    },
  };
}
