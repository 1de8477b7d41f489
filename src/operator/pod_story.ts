import type { Pod } from "../pod/model.ts";
import type { ContainerStatus, PodStatus } from "../pod/status.ts";
import type { Plan, Step } from "../plan/step.ts";
import type { PlanPurpose } from "../supervisor/supervise.ts";
import { describeChange } from "./describe_change.ts";
import type { PodEvent } from "./pod_board.ts";

/** Takes what is worth telling of a pod: without the pod's name. */
export type Teller = (kind: PodEvent["kind"], text: string) => void;

/** What a plan gives as the cause where a container is made otherwise than it is wanted now. */
const specChanged = "its spec changed";

/**
 * Makes of the plans, steps and statuses of one pod what a person wants to read: what changed, and why. Every change is
 * told once, when it has happened.
 */
export class PodStory {
  readonly #tell: Teller;
  #before: PodStatus | undefined;
  /** What the step that ends a change of a container is to tell. */
  readonly #outcomes = new Map<string, string>();
  /** Containers that the last plan stops or replaces. */
  readonly #replaced = new Set<string>();
  #changes: { readonly before: Pod; readonly after: Pod } | undefined;
  #isFirstPlan = true;

  constructor(tell: Teller) {
    this.#tell = tell;
  }

  /** The spec changed. */
  edited(before: Pod, after: Pod): void {
    this.#changes = { before, after };
  }

  /** A plan is about to be walked. */
  planned(plan: Plan, purpose: PlanPurpose): void {
    for (const warning of plan.warnings) this.#tell("pod", `warning: ${warning}`);
    if (purpose === "bring-up") this.#bringsUp(plan);
    if (purpose === "put-back") this.#tell("pod", "the change failed, and what was there before is put back");
  }

  /** A step succeeded. */
  stepped(step: Step): void {
    const text = this.#outcomes.get(step.id);
    if (text === undefined) return;
    this.#outcomes.delete(step.id);
    this.#tell("container", text);
  }

  /** The pod is in another state than before. */
  became(status: PodStatus): void {
    const before = this.#before;
    this.#before = status;
    const known = new Map(before?.containers.map((container) => [keyOf(container), container]));
    for (const container of status.containers) {
      // Of a pod that stops, and of a container that is replaced, an end is no news.
      const isExpected = status.phase === "stopping" || this.#replaced.has(keyOf(container));
      this.#containerBecame(known.get(keyOf(container)), container, isExpected);
    }
    const isOver = status.phase === "failed" || status.phase === "succeeded";
    const isQuiet = status.phase === before?.phase || status.phase === "pending" ||
      status.phase === "starting";
    if (!isQuiet) {
      const why = status.reason === "" ? "" : `: ${status.reason}`;
      this.#tell("pod", `${phaseWords[status.phase]}${why}`);
    } else if (isTrouble(status) && !isOver && status.reason !== before?.reason) {
      this.#tell("pod", status.reason);
    } else if (
      status.phase === "running" && !isTrouble(status) && before !== undefined && isTrouble(before)
    ) {
      this.#tell("pod", "all is well again");
    }
  }

  #bringsUp(plan: Plan): void {
    this.#outcomes.clear();
    this.#replaced.clear();
    const isFirst = this.#isFirstPlan;
    this.#isFirstPlan = false;
    const changed = new Map<string, Change>();
    for (const step of plan.steps) {
      if (step.container === undefined) continue;
      const key = keyOf(step.container);
      const seen = changed.get(key) ?? {};
      if (step.kind === "create-container") seen.created = step;
      if (step.kind === "start-container") seen.started = step;
      if (step.kind === "stop-container" || step.kind === "remove-container") seen.gone ??= step;
      if (step.kind !== "run-hook" && step.kind !== "wait-container") {
        // What was replaced goes last; its successor runs before that.
        if (seen.created === undefined || step.kind !== "remove-container") seen.last = step;
      }
      changed.set(key, seen);
    }
    const isEdit = plan.steps.some(({ cause }) => cause === specChanged);
    for (const [key, change] of changed) {
      if (change.gone !== undefined) this.#replaced.add(key);
      const { container } = change.created ?? change.gone ?? {};
      // Nobody wrote the pause container.
      if (container === undefined || change.last === undefined || !this.#isOfSpec(container.name)) continue;
      this.#outcomes.set(change.last.id, this.#outcomeOf(container, change, isEdit));
    }
    const running = this.#before?.containers.filter(({ state }) => state === "running").length ?? 0;
    if (isFirst && running > 0) {
      this.#tell("pod", `adopted: ${running === 1 ? "1 container runs" : `${running} containers run`}`);
    }
  }

  #outcomeOf(
    container: { readonly name: string; readonly number: number },
    { created, gone, started }: Change,
    isEdit: boolean,
  ): string {
    const called = this.#called(container);
    if (created === undefined) {
      return `container ${called} ${started === undefined ? "removed" : "restarted"}: ${gone?.cause ?? ""}`;
    }
    if (gone !== undefined) {
      return `container ${called} replaced: ${this.#cause(container.name, created, isEdit)}`;
    }
    const before = this.#before?.containers.find((one) =>
      one.name === container.name && one.number === container.number
    );
    return before?.startedAt === undefined
      ? `container ${called} started`
      : `container ${called} made again: ${created.cause}`;
  }

  /** Also of the spec before: what is not wanted any more is told of as well. */
  #isOfSpec(name: string): boolean {
    const specs = [this.#changes?.before, this.#changes?.after];
    return specs.some((pod) => pod?.containers.some((container) => container.name === name) === true) ||
      this.#before?.containers.some((container) => container.name === name) === true;
  }

  /**
   * The plan knows that a spec changed, and the two versions of it what. A container that follows another one, such as
   * the pause container that has its ports, may itself be what was edited.
   */
  #cause(name: string, step: Step, isEdit: boolean): string {
    if (this.#changes === undefined || !isEdit) return step.cause;
    const change = describeChange(name, this.#changes.before, this.#changes.after);
    if (change === undefined) return step.cause;
    return step.cause === specChanged ? change : `${change} (${step.cause})`;
  }

  #called({ name, number }: { readonly name: string; readonly number: number }): string {
    const several = this.#before?.containers.some((one) => one.name === name && one.number > 1) === true;
    return several ? `${name}-${number}` : name;
  }

  #containerBecame(
    before: ContainerStatus | undefined,
    after: ContainerStatus,
    isExpected: boolean,
  ): void {
    if (before === undefined) return;
    const name = this.#called(after);
    const had = before.state === "running" || before.state === "restarting" || before.state === "paused";
    const hasEnded = after.state === "exited" || after.state === "dead" || after.state === "backing-off";
    if (hasEnded && !isExpected && after.reason !== undefined && after.reason !== before.reason) {
      this.#tell("container", `container ${name} ${after.reason}`);
    } else if (after.state === "absent" && had && !isExpected) {
      this.#tell("container", `container ${name} is gone`);
    }
    if (after.state === "running" && after.restarts > before.restarts) {
      const times = after.restarts === 1 ? "1 time" : `${after.restarts} times`;
      this.#tell("container", `container ${name} started again (${times} so far)`);
    }
    if (before.health !== after.health && after.health === "unhealthy") {
      this.#tell("container", `container ${name} is unhealthy`);
    }
    if (before.health === "unhealthy" && after.health === "healthy") {
      this.#tell("container", `container ${name} is healthy again`);
    }
  }
}

/** What a plan does to one container. */
interface Change {
  created?: Step;
  gone?: Step;
  started?: Step;
  /** What the change is done with. */
  last?: Step;
}

const phaseWords: Readonly<Record<PodStatus["phase"], string>> = {
  pending: "waits",
  pulling: "pulls images",
  starting: "starts",
  running: "runs",
  stopping: "stops",
  succeeded: "has ended well",
  failed: "has failed",
  removed: "is removed",
};

/** Something is wrong with the pod as a whole; what is wrong with a container is told as its own matter. */
function isTrouble({ reason, reasonCode }: PodStatus): boolean {
  return reason !== "" && reasonCode !== "none" && !reasonCode.startsWith("container-") &&
    reasonCode !== "killed" && reasonCode !== "completed";
}

function keyOf({ name, number }: { readonly name: string; readonly number: number }): string {
  return `${name} ${number}`;
}
