import { ExitCode, MesoletError } from "../pod/errors.ts";

/** Why a registry does not tell what is asked. */
export type RegistryFailure =
  /** It has no such repository or tag, or does not say so to us. */
  | "not-found"
  /** It wants other credentials, or any. */
  | "denied"
  /** It is not reached, answers too late, or has too much to do: later it may work. */
  | "unreachable"
  /** What it answers is not what the protocol says. */
  | "not-understood";

const exitCodes: Readonly<Record<RegistryFailure, number>> = {
  "not-found": ExitCode.unavailable,
  denied: ExitCode.permission,
  unreachable: ExitCode.temporary,
  "not-understood": ExitCode.unavailable,
};

/** A registry did not tell what was asked. */
export class RegistryError extends MesoletError {
  override readonly name = "RegistryError";
  constructor(readonly failure: RegistryFailure, message: string, options?: ErrorOptions) {
    super(message, exitCodes[failure], options);
  }
}
