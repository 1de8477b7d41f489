/** A TCP port that passes everything on to another one, until it falls silent: packets that get lost for good. */
export class SilentLine implements AsyncDisposable {
  readonly port: number;
  readonly #target: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #work = new Set<Promise<void>>();
  #silent = false;

  /** @param target port of 127.0.0.1 */
  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#track(this.#accept());
  }

  /** Passes nothing on any more, in either direction; connections stay open. */
  fallSilent(): void {
    this.#silent = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await Promise.all(this.#work);
  }

  async #accept(): Promise<void> {
    try {
      for await (const inner of this.#listener) {
        this.#connections.add(inner);
        if (this.#silent) continue;
        const outer = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
        this.#connections.add(outer);
        this.#track(this.#pass(inner, outer));
        this.#track(this.#pass(outer, inner));
      }
    } catch {
      // Closed.
    }
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
        for (let rest = buffer.subarray(0, read); rest.length > 0 && !this.#silent;) {
          rest = rest.subarray(await to.write(rest));
        }
      }
    } catch {
      // Closed.
    }
    // The end of one side is not told to the other when nothing is.
    if (!this.#silent) close(to);
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is.
  }
}
