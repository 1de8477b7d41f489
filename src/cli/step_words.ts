import type { Step, StepKind } from "../plan/step.ts";

/** How a step of a kind is called while it runs and when it is done. */
export interface StepWords {
  readonly doing: string;
  readonly done: string;
  /** It may take long: a plain log says when it begins, not only when it is done. */
  readonly long: boolean;
}

const words: { readonly [Kind in StepKind]: StepWords } = {
  "load-pause-image": { doing: "loading", done: "loaded", long: false },
  "pull-image": { doing: "pulling", done: "pulled", long: true },
  "load-images": { doing: "verifying and loading", done: "loaded", long: true },
  "remove-image": { doing: "removing", done: "removed", long: false },
  "create-cgroup": { doing: "creating", done: "created", long: false },
  "remove-cgroup": { doing: "removing", done: "removed", long: false },
  "create-network": { doing: "creating", done: "created", long: false },
  "remove-network": { doing: "removing", done: "removed", long: false },
  "connect-network": { doing: "connecting", done: "connected", long: false },
  "disconnect-network": { doing: "disconnecting", done: "disconnected", long: false },
  "create-volume": { doing: "creating", done: "created", long: false },
  "remove-volume": { doing: "removing", done: "removed", long: false },
  "create-container": { doing: "creating", done: "created", long: false },
  "copy-files": { doing: "copying files", done: "files copied", long: false },
  "start-container": { doing: "starting", done: "started", long: false },
  "wait-container": { doing: "waiting", done: "ready", long: true },
  "run-hook": { doing: "running a hook", done: "hook done", long: true },
  "stop-container": { doing: "stopping", done: "stopped", long: true },
  "kill-container": { doing: "killing", done: "killed", long: false },
  "remove-container": { doing: "removing", done: "removed", long: false },
  "rename-container": { doing: "renaming", done: "renamed", long: false },
  "update-container": { doing: "updating", done: "updated", long: false },
};

const conditions = {
  running: { doing: "waiting until it runs", done: "running", long: true },
  healthy: { doing: "waiting until it is healthy", done: "healthy", long: true },
  completed: { doing: "waiting until it has ended", done: "completed", long: true },
} as const;

const again: StepWords = { doing: "starting again", done: "restarted", long: false };

/** The words for a step. */
export function wordsFor(step: Step): StepWords {
  if (step.kind === "start-container" && step.again === true) return again;
  return step.kind === "wait-container" ? conditions[step.condition] : words[step.kind];
}

/** What a step is done to, as one line of progress names it: `container web`, `image busybox`. */
export function subjectOf(step: Step): string {
  switch (step.kind) {
    case "load-pause-image":
    case "pull-image":
    case "remove-image":
      return `image ${step.image}`;
    case "load-images":
      return `archive ${step.title}`;
    case "create-cgroup":
    case "remove-cgroup":
      return `cgroup ${step.cgroup.parent}`;
    case "create-network":
    case "remove-network":
      return `network ${step.name}`;
    case "create-volume":
    case "remove-volume":
      return `volume ${step.name}`;
    case "create-container":
      return `container ${step.name}`;
    case "rename-container":
      return `container ${step.to}`;
    default:
      return `container ${step.target.name}`;
  }
}
