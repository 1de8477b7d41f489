import { ExitCode } from "../pod/errors.ts";
import { EngineError } from "./engine_error.ts";

/** A port of the host that a container was to have and that is in use. */
export interface TakenPort {
  readonly port: number;
  /** As the engine writes it; absent where it does not say. */
  readonly hostAddress?: string;
  readonly protocol?: string;
}

/** A container cannot start, since a port of the host that it publishes is in use. */
export class PortTakenError extends EngineError {
  override readonly name: string = "PortTakenError";

  /**
   * @param what which port it is, who has it, and what to do: fit to stand behind the place of the port in a spec
   */
  constructor(call: string, readonly taken: TakenPort, readonly what: string, cause: EngineError) {
    super(`Cannot ${call}: ${what}`, ExitCode.failed, {
      reason: "refused",
      call,
      cause,
      ...(cause.status === undefined ? {} : { status: cause.status }),
    });
  }
}
