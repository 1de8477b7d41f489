import { requestLine } from "./request_line.ts";

/** When a crash happens, relative to the effect of a call on the engine. */
export type CrashMoment = "before" | "after";

/**
 * A unix socket in front of an engine that counts the calls that pass, and at a chosen one makes the caller crash:
 * before the engine has seen it, or when the engine has answered and the caller has not heard.
 */
export class CrashSocket implements AsyncDisposable {
  readonly path: string;
  /** Calls so far, as `METHOD /path`. */
  readonly calls: string[] = [];
  readonly #target: string;
  readonly #directory: string;
  readonly #listener: Deno.UnixListener;
  readonly #open = new Set<Deno.Conn>();
  readonly #work = new Set<Promise<void>>();
  #armed: { readonly call: number; readonly moment: CrashMoment; readonly crash: () => void } | undefined;

  /** @param target path of the engine's socket */
  constructor(target: string) {
    this.#target = target;
    this.#directory = Deno.makeTempDirSync({ prefix: "mesolet-crash-" });
    this.path = `${this.#directory}/docker.sock`;
    this.#listener = Deno.listen({ transport: "unix", path: this.path });
    this.#track(this.#accept());
  }

  /** Crashes the caller at call number `call`, counted from 1. */
  arm(call: number, moment: CrashMoment, crash: () => void): void {
    this.#armed = { call, moment, crash };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await Promise.all(this.#work);
    await Deno.remove(this.#directory, { recursive: true });
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    work.finally(() => this.#work.delete(work));
  }

  async #accept(): Promise<void> {
    try {
      for await (const caller of this.#listener) this.#track(this.#serve(caller));
    } catch {
      // Closed.
    }
  }

  async #serve(caller: Deno.Conn): Promise<void> {
    const engine = await Deno.connect({ transport: "unix", path: this.#target });
    this.#open.add(caller).add(engine);
    const crashAfter = { wanted: false };
    await Promise.all([this.#forward(caller, engine, crashAfter), this.#answer(engine, caller, crashAfter)]);
    this.#open.delete(caller);
    this.#open.delete(engine);
  }

  async #forward(caller: Deno.Conn, engine: Deno.Conn, crashAfter: { wanted: boolean }): Promise<void> {
    const decoder = new TextDecoder("latin1");
    await pass(caller, engine, (bytes) => {
      const call = requestLine(decoder.decode(bytes.subarray(0, 4_096)));
      if (call === undefined) return true;
      this.calls.push(call);
      const armed = this.#armed;
      if (armed === undefined || this.calls.length !== armed.call) return true;
      if (armed.moment === "after") {
        crashAfter.wanted = true;
        return true;
      }
      armed.crash();
      return false;
    });
  }

  async #answer(
    engine: Deno.Conn,
    caller: Deno.Conn,
    crashAfter: { readonly wanted: boolean },
  ): Promise<void> {
    await pass(engine, caller, () => {
      if (!crashAfter.wanted) return true;
      this.#armed?.crash();
      return false;
    });
  }
}

/** Copies until one side ends, or `allow` says no; then both ends are closed. */
async function pass(from: Deno.Conn, to: Deno.Conn, allow: (bytes: Uint8Array) => boolean): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (;;) {
      const read = await from.read(buffer);
      if (read === null || !allow(buffer.subarray(0, read))) break;
      for (let sent = 0; sent < read;) sent += await to.write(buffer.subarray(sent, read));
    }
  } catch {
    // One of them is gone.
  }
  close(from);
  close(to);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
