import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";

/** Why a call to the engine failed, for programs. */
export type EngineErrorReason =
  /** Nobody listens at the address. */
  | "not-running"
  /** The socket may not be opened by this user, or the engine does not accept our certificate. */
  | "permission-denied"
  /** The bound of time was passed. */
  | "timed-out"
  /** The connection broke after the request was sent: it may have been carried out. */
  | "connection-lost"
  /** The engine answered with an error. */
  | "refused"
  /** The engine answered something that is not of its API. */
  | "not-understood";

/** What is known of a failed call. */
export interface EngineErrorDetails {
  readonly reason: EngineErrorReason;
  /** The call in words, fit for "Cannot …": `create container shop-web-1`. */
  readonly call: string;
  /** The HTTP status, when the engine answered. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** A call to the engine failed. The message is one line for a person and ends with what to do, where that is known. */
export class EngineError extends MesoletError {
  override readonly name: string = "EngineError";
  readonly reason: EngineErrorReason;
  readonly call: string;
  readonly status?: number;

  constructor(message: string, exitCode: number, details: EngineErrorDetails) {
    super(message, exitCode, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = details.reason;
    this.call = details.call;
    if (details.status !== undefined) this.status = details.status;
  }
}

/** Whether an error is an answer of the engine with this HTTP status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof EngineError && error.status === status;
}

/**
 * Whether an error says that a container's log cannot be read at all, since its logging driver keeps none: Docker's 501, and Podman's
 * words.
 */
export function isUnreadableLog(error: unknown): boolean {
  return error instanceof EngineError &&
    (error.status === 501 || /does not support reading|log driver, cannot read logs/i.test(error.message));
}

/** An answer with a status that the call does not expect. */
export function refusedByEngine(call: string, status: number, message: string): EngineError {
  const said = message.trim() === "" ? `HTTP ${status}` : message.trim().replace(/\s*\n\s*/g, "; ");
  return new EngineError(`Cannot ${call}: the engine says: ${said}`, exitCodeOfStatus(status), {
    reason: "refused",
    call,
    status,
  });
}

function exitCodeOfStatus(status: number): number {
  if (status === 401 || status === 403) return ExitCode.permission;
  if (status === 404 || status === 501 || status === 503) return ExitCode.unavailable;
  return ExitCode.failed;
}

/** The bound of a call was passed. */
export function timedOut(call: string, milliseconds: number): EngineError {
  return new EngineError(
    `Cannot ${call}: the engine did not answer within ${milliseconds / 1000} s. ` +
      "Look at its log (journalctl -u docker) and try again",
    ExitCode.temporary,
    { reason: "timed-out", call },
  );
}

/** The engine's answer is none of the Engine API. */
export function notUnderstood(call: string, what: string, cause?: unknown): EngineError {
  return new EngineError(
    `Cannot ${call}: the engine's answer is not understood: ${what}`,
    ExitCode.unavailable,
    {
      reason: "not-understood",
      call,
      cause,
    },
  );
}

/**
 * An error of the connection, in words.
 *
 * @param host the engine's address as a person writes it
 */
export function connectionFailed(call: string, host: string, cause: unknown): EngineError {
  if (cause instanceof Deno.errors.NotCapable) {
    return new EngineError(
      `Cannot ${call}: this program was started without the permission to open ${host}: ${messageOf(cause)}`,
      ExitCode.permission,
      { reason: "permission-denied", call, cause },
    );
  }
  const code = codeOf(cause);
  if (code === "EACCES" || code === "EPERM") {
    return new EngineError(
      `Cannot ${call}: permission denied at ${host}. Add yourself to the docker group ` +
        "(usermod -aG docker USER, then log in anew) or run as root",
      ExitCode.permission,
      { reason: "permission-denied", call, cause },
    );
  }
  const refusal = certificateRefusal(cause);
  if (refusal !== undefined) {
    return new EngineError(
      `Cannot ${call}: the engine at ${host} ${refusal}. It wants cert.pem and key.pem of an authority that it knows, ` +
        "in the directory of DOCKER_CERT_PATH",
      ExitCode.permission,
      { reason: "permission-denied", call, cause },
    );
  }
  if (isNotSent(cause)) {
    return new EngineError(
      `Cannot ${call}: no engine listens at ${host}. Start it (systemctl start docker), ` +
        "or say where it listens: --host (-H), --context (-c) or DOCKER_HOST",
      ExitCode.unavailable,
      { reason: "not-running", call, cause },
    );
  }
  return new EngineError(
    `Cannot ${call}: the connection to the engine at ${host} was lost (${messageOf(cause)})`,
    ExitCode.unavailable,
    { reason: "connection-lost", call, cause },
  );
}

/** TLS alerts (RFC 8446, section 6.2) of a server that is not content with who we are. */
function certificateRefusal(cause: unknown): string | undefined {
  const alert = /received fatal alert: (\w+)/.exec(messageOf(cause))?.[1];
  switch (alert) {
    case "CertificateRequired":
      return "asks for a certificate of ours, and there is none";
    // Engines that speak TLS 1.2 say the first of these also where there is none.
    case "BadCertificate":
    case "UnsupportedCertificate":
    case "CertificateRevoked":
    case "CertificateExpired":
    case "CertificateUnknown":
    case "UnknownCA":
    case "AccessDenied":
    case "DecryptError":
      return `does not accept the certificate that it was shown, or got none (${alert})`;
    default:
      return undefined;
  }
}

const codesBeforeSending = new Set([
  "ECONNREFUSED",
  "ENOENT",
  "ENOTSOCK",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** Whether a connection error came before anything was sent: the call is then safe to repeat, whatever it is. */
export function isNotSent(error: unknown): boolean {
  return codesBeforeSending.has(codeOf(error));
}

function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return "";
}
