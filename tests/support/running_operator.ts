import { type ProgramCall, type RunningProgram, startProgram } from "../cli/program.ts";
import { AssertionError } from "./assert.ts";
import type { TestEngine } from "./engine.ts";
import { waitUntil } from "./wait.ts";

/** A command that goes on until it is told to end. */
export const goesOn = `["sh", "-c", "trap 'exit 0' TERM; sleep 10000 & wait"]`;

/** An event as a line of the operator's log has it. */
export interface LoggedEvent {
  readonly kind: string;
  readonly pod?: string;
  readonly text: string;
}

/** A directory of specs, and the operators that are started on it, one after the other. */
export class RunningOperator implements AsyncDisposable {
  readonly directory: string = Deno.makeTempDirSync({ prefix: "mesolet-pods-" });
  readonly #engine: Pick<TestEngine, "host">;
  #program: RunningProgram | undefined;

  constructor(engine: Pick<TestEngine, "host">) {
    this.#engine = engine;
  }

  /** Puts a spec there as a good program does: by a rename. */
  put(file: string, text: string): void {
    Deno.writeTextFileSync(`${this.directory}/.${file}.new`, text);
    Deno.renameSync(`${this.directory}/.${file}.new`, `${this.directory}/${file}`);
  }

  take(file: string): void {
    Deno.removeSync(`${this.directory}/${file}`);
  }

  /** Starts an operator, without waiting for anything; `call` may say of which program. */
  start(flags: readonly string[] = [], call: Omit<ProgramCall, "host"> = {}): RunningProgram {
    const args = ["operator", this.directory, "--listen", "none", "--log-format", "json", ...flags];
    return this.#program = startProgram(args, { ...call, host: this.#engine.host });
  }

  get program(): RunningProgram {
    if (this.#program === undefined) throw new Error("start() comes first");
    return this.#program;
  }

  /** What the operator that was started last has logged. */
  get events(): readonly LoggedEvent[] {
    const lines = this.program.out.split("\n").slice(0, -1);
    return lines.map((line): LoggedEvent => JSON.parse(line));
  }

  /** Waits until an event with this text was logged. */
  async told(text: string): Promise<void> {
    await waitUntil(`the operator says "${text}"`, () => {
      if (this.events.some((event) => event.text.includes(text))) return true;
      throw new AssertionError(this.program.out + this.program.error);
    }, 60_000);
  }

  /** Ends the operator well. @returns its exit code */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.program.signal(signal);
    return (await this.program.ended()).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** The process and the start of each container of some pods, by its id. */
export async function livesOf(
  engine: TestEngine,
  pods: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const listed = (await engine.engine.listContainers()).filter(({ labels }) =>
    pods.includes(labels["io.mesolet.pod"] ?? "")
  );
  const details = await Promise.all(listed.map(({ id }) => engine.engine.inspect(id)));
  return new Map(
    details.flatMap((detail) =>
      detail === null
        ? []
        : [[detail.id, `${detail.name} ${detail.state} ${detail.processId} ${detail.startedAt}`] as const]
    ).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
