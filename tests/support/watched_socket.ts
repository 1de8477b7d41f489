import { requestLine } from "./request_line.ts";

/**
 * A unix socket in front of an engine that sees each call before the engine does, and may hold it back. Unlike
 * `crash_socket.ts` it harms nobody.
 */
export class WatchedSocket implements AsyncDisposable {
  readonly path: string;
  /** Calls so far, as `METHOD /path`. */
  readonly calls: string[] = [];
  /** Is told of each call; the call goes on to the engine when what it returns is fulfilled. */
  onCall: ((call: string) => void | Promise<void>) | undefined;
  readonly #target: string;
  readonly #directory: string;
  readonly #listener: Deno.UnixListener;
  readonly #open = new Set<Deno.Conn>();
  readonly #work = new Set<Promise<void>>();
  readonly #over = Promise.withResolvers<void>();

  /** @param host address of the engine, as of DOCKER_HOST */
  constructor(host: string) {
    this.#target = host.replace("unix://", "");
    this.#directory = Deno.makeTempDirSync({ prefix: "mesolet-watched-" });
    this.path = `${this.#directory}/docker.sock`;
    this.#listener = Deno.listen({ transport: "unix", path: this.path });
    this.#track(this.#accept());
  }

  /** For DOCKER_HOST. */
  get host(): string {
    return `unix://${this.path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.resolve();
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
    const decoder = new TextDecoder("latin1");
    await Promise.all([
      pass(caller, engine, async (bytes) => {
        const call = requestLine(decoder.decode(bytes.subarray(0, 4_096)));
        if (call === undefined) return;
        this.calls.push(call);
        await Promise.race([this.onCall?.(call), this.#over.promise]);
      }),
      pass(engine, caller, () => Promise.resolve()),
    ]);
    this.#open.delete(caller);
    this.#open.delete(engine);
  }
}

/** Copies until one side ends; then both ends are closed. */
async function pass(
  from: Deno.Conn,
  to: Deno.Conn,
  before: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
      await before(buffer.subarray(0, read));
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
