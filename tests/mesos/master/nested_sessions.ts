import type { CommandInfo } from "../../../src/mesos/wire/messages.ts";
import { encodeRecord, RecordDecoder } from "../../../src/mesos/wire/recordio.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { isObject } from "../agent/read_call.ts";

/** An executor's container, as far as sessions below it need it. */
export interface ParentContainer {
  readonly frameworkId: string;
  readonly executorId: string;
  readonly containerId: string;
  readonly pid: number | undefined;
  readonly sandbox: string;
  /** How it was started. */
  readonly command: CommandInfo;
}

/** A command beside an executor. */
interface Session {
  readonly child: Deno.ChildProcess;
  readonly stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly terminal: boolean;
  /** Status of `wait(2)`. */
  readonly ended: Promise<number>;
  hasInput: boolean;
}

/** What a session was told besides bytes: `TTY_INFO 40x100`, `HEARTBEAT`, `EOF`. */
type Note = string;

/**
 * Sessions in nested containers, as an agent of Mesos 1.12 answers those calls (`slave/http.cpp`, `slave/validation.cpp`,
 * `containerizer/mesos/io/switchboard.cpp`, docs/operator-http-api.md). This was not held against a recording. A nested
 * container is a process group here, with the environment of the executor's process, in its sandbox.
 */
export class NestedSessions implements AsyncDisposable {
  readonly notes: Note[] = [];
  readonly #parents: () => Promise<readonly ParentContainer[]>;
  readonly #sessions = new Map<string, Session>();
  readonly #closing = new AbortController();

  constructor(parents: () => Promise<readonly ParentContainer[]>) {
    this.#parents = parents;
  }

  /** Undefined: the call is none of these. */
  async answer(headers: Headers, call: unknown): Promise<Response | undefined> {
    if (!isObject(call)) return undefined;
    switch (call.type) {
      case "GET_CONTAINERS":
        return await this.#containers();
      case "GET_EXECUTORS":
        return await this.#executors();
      case "LAUNCH_NESTED_CONTAINER_SESSION":
        return await this.#launch(headers, member(call, "launch_nested_container_session"));
      case "WAIT_NESTED_CONTAINER":
        return await this.#wait(member(call, "wait_nested_container"));
      case "KILL_NESTED_CONTAINER":
        return this.#kill(member(call, "kill_nested_container"));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const session of this.#sessions.values()) destroy(session);
    await Promise.all([...this.#sessions.values()].map(({ ended }) => ended));
  }

  async #containers(): Promise<Response> {
    const containers = (await this.#parents()).map(({ frameworkId, executorId, containerId, pid }) => ({
      framework_id: { value: frameworkId },
      executor_id: { value: executorId },
      executor_name: "",
      container_id: { value: containerId },
      container_status: { container_id: { value: containerId }, executor_pid: pid },
    }));
    return Response.json({ type: "GET_CONTAINERS", get_containers: { containers } });
  }

  async #executors(): Promise<Response> {
    const executors = (await this.#parents()).map(({ frameworkId, executorId, command }) => ({
      executor_info: { executor_id: { value: executorId }, framework_id: { value: frameworkId }, command },
    }));
    return Response.json({ type: "GET_EXECUTORS", get_executors: { executors, completed_executors: [] } });
  }

  async #launch(headers: Headers, launch: Record<string, unknown>): Promise<Response> {
    const accept = headers.get("accept") ?? "*/*";
    if (accept !== "application/recordio" && headers.has("message-accept")) {
      return words(406, "Expecting 'Message-Accept' to be not set for non-streaming responses");
    }
    // Of what an agent would answer in another form nothing here makes use.
    if (accept !== "application/recordio") return words(501, "only recordio is spoken here");
    const id = idOf(launch["container_id"]);
    const invalid = "Failed to validate agent::Call: ";
    if (id.value === "") {
      return words(
        400,
        `${invalid}'launch_nested_container_session.container_id' is invalid: ID must not be empty`,
      );
    }
    if (id.parent === "") {
      return words(
        400,
        `${invalid}Expecting 'launch_nested_container_session.container_id.parent' to be present`,
      );
    }
    const parent = (await this.#parents()).find(({ containerId }) => containerId === id.parent);
    if (parent?.pid === undefined) return words(400, `Parent container ${id.parent} does not exist`);
    if (this.#sessions.has(id.name)) return words(202, "");
    const command = member(launch, "command");
    const container = member(launch, "container");
    const terminal = isObject(container["tty_info"]) ? container["tty_info"] : undefined;
    const session = await start(parent, command, terminal);
    this.#sessions.set(id.name, session);
    const body = output(session, () => destroy(session));
    return new Response(body, {
      headers: { "Content-Type": "application/recordio", "Message-Content-Type": "application/json" },
    });
  }

  /** ATTACH_CONTAINER_INPUT, the one call whose body is a stream of records. */
  async attachInput(request: Request): Promise<Response> {
    if (request.headers.get("message-content-type") === null) {
      return words(400, "Expecting 'Message-Content-Type' to be set for streaming requests");
    }
    const records = recordsOf(request.body);
    const { value: first } = await records.next();
    if (first === undefined) return words(400, "Received EOF while reading request body");
    const call = isObject(first) ? member(first, "attach_container_input") : {};
    if (call["type"] !== "CONTAINER_ID") {
      return words(400, "Expecting 'attach_container_input.type' to be CONTAINER_ID");
    }
    const { name } = idOf(call["container_id"]);
    const session = this.#sessions.get(name);
    if (session === undefined) return words(404, `Container ${name} cannot be found`);
    if (session.hasInput) return words(409, "Multiple input connections are not allowed");
    session.hasInput = true;
    const reading = this.#readInput(records, session);
    // It is answered when the input is over, or a second after the command is.
    const answer = await Promise.race([
      reading,
      session.ended.then(() => systemClock.sleep(1_000, this.#closing.signal).catch(() => {})).then(() =>
        words(200, "")
      ),
    ]);
    session.hasInput = false;
    return answer;
  }

  async #readInput(records: AsyncGenerator<unknown>, { stdin, terminal }: Session): Promise<Response> {
    try {
      for await (const record of records) {
        const call = isObject(record) ? member(record, "attach_container_input") : {};
        if (call["type"] !== "PROCESS_IO") {
          return words(
            400,
            `Expecting 'attach_container_input.type' to be 'PROCESS_IO' instead of: '${
              String(call["type"])
            }'`,
          );
        }
        const message = member(call, "process_io");
        if (message["type"] === "CONTROL") {
          const control = member(message, "control");
          const size = member(member(control, "tty_info"), "window_size");
          this.notes.push(
            control["type"] === "TTY_INFO"
              ? `TTY_INFO ${size["rows"]}x${size["columns"]}`
              : String(control["type"]),
          );
          continue;
        }
        const data = member(message, "data");
        if (data["type"] !== "STDIN") return words(400, "Expecting 'process_io.data.type' to be 'STDIN'");
        const bytes = Uint8Array.fromBase64(String(data["data"]));
        if (bytes.length === 0 && !terminal) {
          this.notes.push("EOF");
          await stdin.close().catch(() => {});
        } else await stdin.write(bytes);
      }
      return words(200, "");
    } catch (error) {
      return words(500, `Failed writing to stdin: ${error}`);
    }
  }

  async #wait(wait: Record<string, unknown>): Promise<Response> {
    const { name } = idOf(wait["container_id"]);
    const session = this.#sessions.get(name);
    if (session === undefined) return words(404, `Container ${name} cannot be found`);
    return Response.json({
      type: "WAIT_NESTED_CONTAINER",
      wait_nested_container: { exit_status: await session.ended },
    });
  }

  #kill(kill: Record<string, unknown>): Response {
    const { name } = idOf(kill["container_id"]);
    const session = this.#sessions.get(name);
    if (session === undefined) return words(404, `Container ${name} cannot be found`);
    const signal = ({ 2: "SIGINT", 15: "SIGTERM" } as const)[Number(kill["signal"])] ?? "SIGKILL";
    this.notes.push(signal);
    try {
      Deno.kill(session.child.pid, signal);
    } catch {
      // It has ended.
    }
    return words(200, "");
  }
}

async function start(
  parent: ParentContainer,
  command: Record<string, unknown>,
  terminal: Record<string, unknown> | undefined,
): Promise<Session> {
  const environment = Object.fromEntries(
    (await Deno.readTextFile(`/proc/${parent.pid}/environ`)).split("\0").filter((text) => text !== "").map(
      (text) => {
        const at = text.indexOf("=");
        return [text.slice(0, at), text.slice(at + 1)];
      },
    ),
  );
  const size = member(terminal ?? {}, "window_size");
  const value = String(command["value"]);
  // `script` gives a terminal; without a size it would be 0 by 0.
  const argv = terminal === undefined
    ? ["/bin/sh", "-c", value]
    : ["/usr/bin/script", "-qec", `stty rows ${size["rows"]} cols ${size["columns"]}\n${value}`, "/dev/null"];
  const child = new Deno.Command(argv[0] ?? "", {
    args: argv.slice(1),
    cwd: parent.sandbox,
    clearEnv: true,
    env: environment,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  const stdin = child.stdin.getWriter();
  return {
    child,
    stdin,
    terminal: terminal !== undefined,
    ended: child.status.then(async ({ code, signal }) => {
      await stdin.abort().catch(() => {});
      return signal === null ? code * 256 : code - 128;
    }),
    hasInput: false,
  };
}

/** The container goes with its session. */
function destroy({ child }: Session): void {
  try {
    Deno.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody is left.
  }
}

function output({ child }: Session, gone: () => void): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  return new ReadableStream<Uint8Array>({
    async start(controller) {
      const pass = async (stream: ReadableStream<Uint8Array>, type: "STDOUT" | "STDERR") => {
        for await (const bytes of stream) {
          if (stop.signal.aborted) continue;
          const record = { type: "DATA", data: { type, data: bytes.toBase64() } };
          controller.enqueue(encodeRecord(new TextEncoder().encode(JSON.stringify(record))));
        }
      };
      await Promise.all([pass(child.stdout, "STDOUT"), pass(child.stderr, "STDERR")]);
      gone();
      if (!stop.signal.aborted) controller.close();
    },
    cancel() {
      stop.abort();
      gone();
    },
  });
}

async function* recordsOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<unknown> {
  const decoder = new RecordDecoder();
  for await (const chunk of body ?? []) {
    for (const record of decoder.push(chunk)) yield JSON.parse(new TextDecoder().decode(record));
  }
}

function member(value: Record<string, unknown>, name: string): Record<string, unknown> {
  const found = value[name];
  return isObject(found) ? found : {};
}

function idOf(value: unknown): { readonly parent: string; readonly value: string; readonly name: string } {
  const id = isObject(value) ? value : {};
  const parent = String(member(id, "parent")["value"] ?? "");
  const own = String(id["value"] ?? "");
  return { parent, value: own, name: parent === "" ? own : `${parent}.${own}` };
}

function words(status: number, text: string): Response {
  return new Response(text, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
