import { receiptPath, type SetupStep } from "./setup_model.ts";

/** A step in one line: what is done, and why. */
export function printStep(step: SetupStep): string {
  return `${what(step)}: ${step.cause}`;
}

function what(step: SetupStep): string {
  switch (step.kind) {
    case "make-directory":
      return `make directory ${step.path} (${step.mode.toString(8)})`;
    case "write-file":
      return `write ${step.file.path} (${step.file.mode.toString(8)})`;
    case "remove-file":
      return `remove ${step.path}`;
    case "remove-directory":
      return `remove directory ${step.path}`;
    case "systemctl":
      return `systemctl ${step.words.join(" ")}`;
    case "remove-pods":
      return `stop and remove the pods of ${step.directory}`;
    case "record":
      return `write ${receiptPath}`;
  }
}
