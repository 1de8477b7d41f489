import type { Plan, Step } from "./step.ts";

/**
 * A plan as text, one line for each step in an order that can be carried out: what, why, and after which lines. It is
 * what `mesolet plan` prints and what the tests compare. Contents of secrets are never in it.
 */
export function printPlan(plan: Plan): string {
  const numbers = new Map(plan.steps.map((step, index) => [step.id, index + 1]));
  const width = String(plan.steps.length).length;
  const lines = plan.steps.map((step, index) => {
    const after = step.after.map((id) => numbers.get(id) ?? 0).sort((left, right) => left - right);
    const behind = after.length === 0 ? "" : ` [after ${ranges(after)}]`;
    return `${String(index + 1).padStart(width)}. ${describeStep(step)}: ${step.cause}${behind}`;
  });
  const warnings = plan.warnings.map((warning) => `warning: ${warning}`);
  if (lines.length === 0) lines.push("nothing to do");
  return [...warnings, ...lines].join("\n") + "\n";
}

/** 1, 2, 3, 5 as `1-3, 5`. */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  let start = 0;
  for (let index = 1; index <= numbers.length; index++) {
    const previous = numbers[index - 1] ?? 0;
    if (index < numbers.length && numbers[index] === previous + 1) continue;
    const first = numbers[start] ?? 0;
    parts.push(first === previous ? `${first}` : `${first}-${previous}`);
    start = index;
  }
  return parts.join(", ");
}

/** A step in a few words: `create container shop-web-1`. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case "load-pause-image":
      return `load built-in image ${step.image}`;
    case "pull-image":
      return `pull image ${step.image}${step.platform === undefined ? "" : ` for ${step.platform}`}`;
    case "load-images":
      return `load archive ${step.title}${step.remove ? " and remove it" : ""}`;
    case "remove-image":
      return `remove image ${step.image}`;
    case "create-cgroup":
      return `set cgroup ${step.cgroup.parent}`;
    case "remove-cgroup":
      return `remove cgroup ${step.cgroup.parent}`;
    case "create-network":
      return `create network ${step.name}`;
    case "remove-network":
      return `remove network ${step.name}`;
    case "connect-network":
      return `connect container ${step.target.name} to network ${step.network}`;
    case "disconnect-network":
      return `disconnect container ${step.target.name} from network ${step.network}`;
    case "create-volume":
      return `create volume ${step.name}`;
    case "remove-volume":
      return `remove volume ${step.name}`;
    case "create-container":
      return `create container ${step.name}`;
    case "copy-files":
      return `copy ${
        step.files.map(({ path, bytes }) => `${path} (${bytes.length} bytes)`).join(", ")
      } into ${step.target.name}`;
    case "start-container":
      return `start container ${step.target.name}`;
    case "wait-container":
      return `wait until ${step.target.name} is ${step.condition}`;
    case "run-hook":
      return `run ${step.hook} hook in ${step.target.name}`;
    case "stop-container":
      return `stop container ${step.target.name}`;
    case "kill-container":
      return `send ${step.signal} to container ${step.target.name}`;
    case "remove-container":
      return `remove container ${step.target.name}`;
    case "rename-container":
      return `rename container ${step.target.name} to ${step.to}`;
    case "update-container":
      return `update restart policy of container ${step.target.name}`;
  }
}

/** A plan as JSON for programs. Environment values and file contents are left out: they may be secrets. */
export function planAsJson(plan: Plan): Record<string, unknown> {
  return {
    pod: plan.pod,
    warnings: plan.warnings,
    steps: plan.steps.map((step) => ({
      id: step.id,
      kind: step.kind,
      what: describeStep(step),
      cause: step.cause,
      after: step.after,
      ...(step.container === undefined ? {} : { container: step.container }),
      ...(step.optional === true ? { optional: true } : {}),
      ..."body" in step ? { body: withoutValues(step.body) } : {},
    })),
  };
}

function withoutValues(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { Env: environment, ...rest } = body;
  if (!Array.isArray(environment)) return rest;
  return { ...rest, Env: environment.map((line) => String(line).replace(/=.*/s, "=…")) };
}
