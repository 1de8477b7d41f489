import { ExitCode, MesoletError } from "../../pod/errors.ts";

/** A message of Mesos, or a value in the words of Mesos, that is not as the protocol says. */
export class WireError extends MesoletError {
  override readonly name: string = "WireError";
  constructor(message: string, options?: ErrorOptions) {
    super(message, ExitCode.data, options);
  }
}
