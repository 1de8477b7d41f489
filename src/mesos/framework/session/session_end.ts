import { ExitCode, MesoletError } from "../../../pod/errors.ts";

/**
 * Why there is no going on with a framework's session.
 * - `removed`: the master has taken the framework off its list, with all of its tasks; that id is dead.
 * - `failed-over`: another instance has subscribed with the same id.
 * - `refused`: the master does not take a framework like this one.
 */
export class SessionEnd extends MesoletError {
  override readonly name = "SessionEnd";

  constructor(readonly why: "removed" | "failed-over" | "refused", message: string) {
    super(message, why === "refused" ? ExitCode.permission : ExitCode.temporary);
  }
}

/** Something is wrong with the master rather than with the framework: it is tried again. */
class PassingError extends MesoletError {
  override readonly name = "PassingError";
}

/**
 * What an ERROR of the master means, by its words (they are all that there is).
 *
 * @param wasSubscribed then a refusal may be the master's mistake: what runs is not to end with it
 */
export function endOfError(message: string, wasSubscribed: boolean): MesoletError {
  if (/framework has been removed/i.test(message)) {
    return new SessionEnd("removed", `the master has removed the framework: ${message}`);
  }
  if (/failed over/i.test(message)) {
    return new SessionEnd("failed-over", `another instance of this framework has taken over: ${message}`);
  }
  const hint = /principal is not allowed/i.test(message)
    ? " Give the --principal that it had, or another name by --framework, which is another framework"
    : "";
  const text = `the master refuses this framework: ${message}${hint}`;
  return wasSubscribed ? new PassingError(text, ExitCode.unavailable) : new SessionEnd("refused", text);
}
