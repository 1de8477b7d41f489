import type { Engine } from "../../docker/engine.ts";
import type { Clock } from "../../pod/clock.ts";
import { MesoletError } from "../../pod/errors.ts";
import { bounded } from "../../supervisor/bounded.ts";
import { variableText } from "../task/task_environment.ts";
import type { CommandInfo } from "../wire/messages.ts";
import type { ProbeResult } from "./probe_result.ts";

/** How long the engine may take to end a command that did not end in time, in milliseconds. */
const killBound = 10_000;

/** Its process id stands in front of what a command prints: bytes until there must be the end of that line. */
const longestFirstLine = 32;

/** What a check's command is run with. */
export interface CommandProbeTools {
  readonly engine: Pick<Engine, "execute">;
  readonly clock: Clock;
  /** Id of the container; undefined while it does not run. */
  readonly container: () => string | undefined;
}

/**
 * Runs a check's command in a container, each time anew: `/bin/sh -c VALUE`, or without `shell` the value with all of
 * its arguments, as Mesos' own docker executor does; with the variables of the command (those that are no secrets of a
 * store) on top of the container's. `user` means a user of the host and is left aside.
 *
 * A command that is given up is killed with all of its process group. The engine cannot do that: the command is begun
 * by a shell that prints its process id first, and killed by another one. A container without `/bin/sh` can be checked
 * by commands that need none; what hangs there goes on until the container ends.
 */
export class CommandProbe {
  readonly #command: CommandInfo;
  readonly #tools: CommandProbeTools;

  constructor(command: CommandInfo, tools: CommandProbeTools) {
    this.#command = command;
    this.#tools = tools;
  }

  /** One try. Rejects with the signal's reason when it is aborted, after the command was told to end. */
  async try(signal: AbortSignal): Promise<ProbeResult> {
    const id = this.#tools.container();
    if (id === undefined) return { kind: "failed", reason: "the container does not run" };
    const { shell, value, arguments: words = [] } = this.#command;
    if (shell !== false) return await this.#begin(id, [value ?? ""], 'exec /bin/sh -c "$0"', signal);
    const command = [value ?? "", ...words];
    const result = await this.#begin(id, command, 'exec "$0" "$@"', signal);
    if (result.kind === "command" || !result.reason.includes("/bin/sh")) return result;
    return await this.#run(id, command, () => {}, signal);
  }

  /** Begins a command by a shell that prints its process id. */
  async #begin(
    id: string,
    command: readonly string[],
    script: string,
    signal: AbortSignal,
  ): Promise<Extract<ProbeResult, { kind: "command" | "failed" }>> {
    const begun = new FirstLine();
    try {
      const result = await this.#run(id, ["/bin/sh", "-c", `echo "$$"; ${script}`, ...command], (bytes) => {
        begun.take(bytes);
      }, signal);
      // Engines differ in whether a program that is not there is an error or the exit code 126 or 127.
      if (result.kind === "command" && begun.processId === undefined) {
        return { kind: "failed", reason: "the container has no /bin/sh" };
      }
      return result;
    } catch (error) {
      if (begun.processId !== undefined) await this.#kill(id, begun.processId);
      throw error;
    }
  }

  async #run(
    id: string,
    command: readonly string[],
    onOutput: (bytes: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<Extract<ProbeResult, { kind: "command" | "failed" }>> {
    try {
      const { exitCode } = await this.#tools.engine.execute(id, {
        command,
        environment: this.#environment(),
        tty: false,
        onOutput: (stream, bytes) => {
          if (stream === "stdout") onOutput(bytes);
        },
      }, signal);
      return { kind: "command", exitCode };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MesoletError)) throw error;
      return { kind: "failed", reason: error.message };
    }
  }

  #environment(): string[] {
    return (this.#command.environment?.variables ?? []).flatMap((variable) => {
      const value = variableText(variable);
      return value === undefined ? [] : [`${variable.name}=${value}`];
    });
  }

  async #kill(id: string, processId: number): Promise<void> {
    const { engine, clock } = this.#tools;
    const options = { clock, signal: new AbortController().signal };
    try {
      await bounded("end the command of a check", killBound, options, (signal) =>
        engine.execute(id, {
          command: ["/bin/sh", "-c", `kill -9 -${processId} || kill -9 ${processId}`],
          tty: false,
          onOutput: () => {},
        }, signal));
    } catch (error) {
      // The container has ended, and the command with it, or the engine is gone.
      if (!(error instanceof MesoletError)) throw error;
    }
  }
}

/** The number on the first line of an output; the rest is dropped. */
class FirstLine {
  #text = "";
  #processId: number | undefined;

  get processId(): number | undefined {
    return this.#processId;
  }

  take(bytes: Uint8Array): void {
    if (this.#processId !== undefined || this.#text.length > longestFirstLine) return;
    this.#text += new TextDecoder().decode(bytes.subarray(0, longestFirstLine));
    const found = /^(\d+)\n/.exec(this.#text)?.[1];
    if (found !== undefined) this.#processId = Number(found);
  }
}
