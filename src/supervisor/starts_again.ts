import type { ContainerDetail } from "../docker/engine.ts";
import { specOf } from "./container_record.ts";
import { judgeEnd } from "./restart_policy.ts";
import type { SupervisorState } from "./supervisor_state.ts";

/**
 * Whether a container that was seen ended will be started again, by its restart policy: those who wait for it then go
 * on waiting. The answer is the one that the supervisor comes to when it learns of the end itself.
 */
export function startsAgain(state: SupervisorState, detail: ContainerDetail): boolean {
  const record = [...state.containers.values()].find(({ id }) => id === detail.id);
  if (record === undefined) return false;
  switch (record.life.kind) {
    case "ended":
    case "resting":
      return false;
    case "backing-off":
    case "starting":
      return true;
    default:
      return judgeEnd(specOf(state.pod, record)?.restart ?? { kind: "no" }, {
        exitCode: detail.exitCode,
        stoppedByHand: record.stoppedByHand,
        byHand: state.settings.byHand,
        failures: record.failures,
        goodFor: 0,
      }, state.bounds).kind === "again";
  }
}
