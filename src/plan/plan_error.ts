import { ExitCode, MesoletError } from "../pod/errors.ts";

/** What is wanted cannot be had on this engine as it is: nothing was changed. */
export class PlanError extends MesoletError {
  override readonly name: string = "PlanError";
  constructor(readonly reasons: readonly string[], exitCode: number = ExitCode.unavailable) {
    super(reasons.join("\n"), exitCode);
  }
}
