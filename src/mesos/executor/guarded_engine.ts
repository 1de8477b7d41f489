import type { Engine } from "../../docker/engine.ts";
import { ExitCode, MesoletError, type Problem } from "../../pod/errors.ts";

/**
 * An engine that makes and starts no container while there is something against the pods: containers of a task can make
 * a link in their sandbox that a later one's bind mount would follow out of it.
 *
 * @param judge what is against them by now
 */
export function guardedEngine(engine: Engine, judge: () => readonly Problem[]): Engine {
  return {
    get facts() {
      return engine.facts;
    },
    get calls() {
      return engine.calls;
    },
    listContainers: (...asked) => engine.listContainers(...asked),
    listParts: (...asked) => engine.listParts(...asked),
    observe: (...asked) => engine.observe(...asked),
    async apply(step, context) {
      if (step.kind === "create-container" || step.kind === "start-container") {
        const [first] = judge();
        if (first !== undefined) {
          throw new MesoletError(`${first.path}: by now ${first.message}`, ExitCode.data);
        }
      }
      await engine.apply(step, context);
    },
    events: (...asked) => engine.events(...asked),
    inspect: (...asked) => engine.inspect(...asked),
    inspectVerbatim: (...asked) => engine.inspectVerbatim(...asked),
    logs: (...asked) => engine.logs(...asked),
    logPieces: (...asked) => engine.logPieces(...asked),
    execute: (...asked) => engine.execute(...asked),
    ping: (...asked) => engine.ping(...asked),
    close: () => engine.close(),
  };
}
