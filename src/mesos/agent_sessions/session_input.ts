import type { Agent, ClientRequest } from "node:http";
import { ExitCode, MesoletError, messageOf } from "../../pod/errors.ts";
import { authorizationOf, type DoorAccess, type DoorAddress, endpointOf } from "../agent_files/agent_door.ts";
import { makeTransport } from "../wire/http.ts";
import { encodeRecord } from "../wire/recordio.ts";
import { input as messages, type NestedId } from "./session_messages.ts";

/** A connection without anything on it is cut by proxies: this often something is said, in milliseconds. */
const heartbeat = 30_000;
/** End of transmission: what ends the input of a terminal. */
const endOfTransmission = Uint8Array.of(4);

/** What the input of a session goes to. */
interface InputTarget {
  readonly agent: DoorAddress;
  readonly access: DoorAccess;
  readonly id: NestedId;
  readonly terminal: boolean;
}

/**
 * ATTACH_CONTAINER_INPUT: one request that goes on as long as there is input, each message of it a record. The agent
 * answers when the command or the input has ended.
 */
export class SessionInput {
  readonly #target: InputTarget;
  readonly #request: ClientRequest;
  readonly #pool: Agent;
  readonly #closed = new AbortController();

  private constructor(target: InputTarget, request: ClientRequest, pool: Agent) {
    this.#target = target;
    this.#request = request;
    this.#pool = pool;
  }

  /** @param over is aborted when the agent refuses the input, or is gone */
  static async open(target: InputTarget, over: AbortController): Promise<SessionInput> {
    const { agent, access, id } = target;
    const endpoint = endpointOf(agent, "/api/v1", access);
    const transport = await makeTransport({
      endpoint,
      ...(access.tls === undefined ? {} : { tls: access.tls }),
    });
    const pool = transport.makePool();
    const request = transport.begin({
      host: agent.hostname,
      port: agent.port,
      method: "POST",
      path: "/api/v1",
      headers: {
        "Content-Type": "application/recordio",
        "Message-Content-Type": "application/json",
        Accept: "application/json",
        "Transfer-Encoding": "chunked",
        ...authorizationOf(access),
      },
      agent: pool,
    });
    const opened = new SessionInput(target, request, pool);
    const fail = (why: string) => {
      if (opened.#closed.signal.aborted) return;
      over.abort(new MesoletError(`The input of the command cannot be passed on: ${why}`, ExitCode.io));
    };
    request.on("error", (error) => fail(messageOf(error)));
    request.on("response", (response) => {
      response.resume();
      // A 500 says that the command does not read: it may have ended.
      if (response.statusCode !== 200 && response.statusCode !== 500) fail(`status ${response.statusCode}`);
    });
    opened.write(messages.begin(id));
    opened.#beat();
    return opened;
  }

  /** Sends a message; what comes after the end is dropped. */
  write(message: Record<string, unknown>): void {
    if (this.#closed.signal.aborted) return;
    this.#request.write(encodeRecord(new TextEncoder().encode(JSON.stringify(message))));
  }

  /** Passes bytes on until their end, or until it is closed. Never rejects. */
  async pass(stdin: ReadableStream<Uint8Array>): Promise<void> {
    const reader = stdin.getReader();
    const stop = () => void reader.cancel().catch(() => {});
    this.#closed.signal.addEventListener("abort", stop, { once: true });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.#closed.signal.aborted) break;
        this.write(messages.data(value));
        await this.#drained();
      }
      this.write(messages.data(this.#target.terminal ? endOfTransmission : new Uint8Array()));
    } catch {
      // Standard input is gone: the command goes on without.
    } finally {
      this.#closed.signal.removeEventListener("abort", stop);
      reader.releaseLock();
    }
  }

  close(): void {
    this.#closed.abort();
    this.#request.destroy();
    // An agent that has answered leaves the connection open.
    this.#pool.destroy();
  }

  async #drained(): Promise<void> {
    if (!this.#request.writableNeedDrain) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#request.once("drain", resolve);
    this.#closed.signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
  }

  #beat(): void {
    const { clock } = this.#target.access;
    clock.sleep(heartbeat, this.#closed.signal).then(() => {
      this.write(messages.heartbeat(heartbeat));
      this.#beat();
    }, () => {});
  }
}
