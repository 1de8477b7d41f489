import { ExitCode } from "../pod/errors.ts";
import { ComposeLabel, Label } from "../pod/labels.ts";
import { EngineError } from "./engine_error.ts";

/** Labels that differ between two equal things: who made it when is not what it is. */
const changing: ReadonlySet<string> = new Set([Label.version]);

/**
 * Whether something on the engine is what a create call would have made: all labels of mesolet's own are the same,
 * among them the pod's name and the hash.
 */
export function isSameByLabels(
  have: Readonly<Record<string, string>>,
  want: Readonly<Record<string, string>>,
): boolean {
  const own = Object.entries(want).filter(([key]) => key.startsWith("io.mesolet.") && !changing.has(key));
  return own.length > 0 && own.every(([key, value]) => have[key] === value);
}

/** Names the owner of something by its labels: `pod shop`, `the Compose project shop`, `someone else`. */
export function ownerOf(labels: Readonly<Record<string, string>>): string {
  const pod = labels[Label.pod];
  if (pod !== undefined) return `pod ${pod} of mesolet`;
  const project = labels[ComposeLabel.project];
  if (project !== undefined) return `the Compose project ${project}`;
  return "someone else (it carries no labels)";
}

/** A name that is needed is taken. */
export function nameTaken(call: string, what: string, owner: string, remedy: string): EngineError {
  return new EngineError(`Cannot ${call}: ${what} is taken by ${owner}. ${remedy}`, ExitCode.failed, {
    reason: "refused",
    call,
    status: 409,
  });
}
