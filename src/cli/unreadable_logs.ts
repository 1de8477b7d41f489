import { isUnreadableLog } from "../docker/engine_error.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";

/** What a person is told of a container whose log is not shown. */
export function unreadableLog(name: string): string {
  return `no log of ${name}: its logging driver does not support reading`;
}

/** Containers whose logs cannot be read, among those that were asked for: a warning each, unless nothing is left. */
export class UnreadableLogs {
  readonly #names = new Set<string>();

  /**
   * @param asked how many containers were asked for
   * @param warn is told of each while others are left
   */
  constructor(private readonly asked: number, private readonly warn: (message: string) => void) {}

  /** Whether none of the logs can be read. */
  get isAll(): boolean {
    return this.#names.size > 0 && this.#names.size >= this.asked;
  }

  add(name: string): void {
    this.#names.add(name);
    if (!this.isAll) this.warn(unreadableLog(name));
  }

  /** Lines of a container; a log that cannot be read has none. */
  async *skip<Line>(lines: AsyncIterable<Line>, name: string): AsyncGenerator<Line, void, void> {
    try {
      yield* lines;
    } catch (error) {
      if (!isUnreadableLog(error)) throw error;
      this.add(name);
    }
  }

  /** @throws {MesoletError} 69 when nothing that was asked for can be shown */
  check(): void {
    if (!this.isAll) return;
    const names = [...this.#names].sort();
    throw new MesoletError(
      names.length === 1
        ? `Cannot read the log of ${
          names[0]
        }: its logging driver does not support reading (see logging.driver)`
        : `Cannot read the logs of ${names.join(", ")}: their logging drivers do not support reading`,
      ExitCode.unavailable,
    );
  }
}
