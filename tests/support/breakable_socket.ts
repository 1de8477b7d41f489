/** A unix socket that passes everything on to another one, until it is broken. */
export class BreakableSocket implements AsyncDisposable {
  readonly path: string;
  readonly #target: string;
  readonly #connections = new Set<Deno.UnixConn>();
  readonly #work = new Set<Promise<void>>();
  #listener: Deno.UnixListener | undefined;

  /** @param target path of the socket behind */
  constructor(target: string) {
    this.#target = target;
    this.path = `${Deno.makeTempDirSync({ prefix: "mesolet-socket-" })}/docker.sock`;
    this.listen();
  }

  /** Takes connections, again. */
  listen(): void {
    const listener = Deno.listen({ transport: "unix", path: this.path });
    this.#listener = listener;
    this.#track(this.#accept(listener));
  }

  /** Breaks the connections that are open. */
  cut(): void {
    for (const connection of this.#connections) close(connection);
    this.#connections.clear();
  }

  /** Breaks all connections, and takes no more. */
  refuse(): void {
    this.#listener?.close();
    this.#listener = undefined;
    this.cut();
    try {
      Deno.removeSync(this.path);
    } catch {
      // Closing removed it.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    await Promise.all(this.#work);
    await Deno.remove(this.path.replace(/\/[^/]*$/, ""), { recursive: true });
  }

  async #accept(listener: Deno.UnixListener): Promise<void> {
    try {
      for await (const inner of listener) {
        const outer = await Deno.connect({ transport: "unix", path: this.#target });
        this.#connections.add(inner);
        this.#connections.add(outer);
        this.#track(this.#pass(inner, outer));
        this.#track(this.#pass(outer, inner));
      }
    } catch {
      // Closed.
    }
  }

  async #pass(from: Deno.UnixConn, to: Deno.UnixConn): Promise<void> {
    const buffer = new Uint8Array(16_384);
    try {
      for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
        for (let written = 0; written < read;) written += await to.write(buffer.subarray(written, read));
      }
      await to.closeWrite();
    } catch {
      close(from);
      close(to);
    }
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    work.finally(() => this.#work.delete(work));
  }
}

function close(connection: Deno.UnixConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
