import { ExitCode, MesoletError } from "../../pod/errors.ts";

/** No connection came about: nothing was sent. */
export class ConnectError extends MesoletError {
  override readonly name: string = "ConnectError";
  constructor(message: string, options?: ErrorOptions) {
    super(message, ExitCode.unavailable, options);
  }
}

/** A connection broke half-way: what was sent may have been received, and acted on. */
export class ExchangeError extends MesoletError {
  override readonly name: string = "ExchangeError";
  /**
   * Whether the connection had served a request before and broke without a byte of an answer: most likely the other
   * side had closed it while it was idle.
   */
  readonly stale: boolean;
  constructor(message: string, options?: ErrorOptions & { readonly stale?: boolean }) {
    super(message, ExitCode.io, options);
    this.stale = options?.stale ?? false;
  }
}

/** Makes the error of a connection that did not come about of that of the library. */
export function connectFailed(where: string, cause: unknown): ConnectError {
  return new ConnectError(`Cannot connect to ${where}: ${reasonOf(cause)}`, { cause });
}

/** Makes the error of a broken exchange of that of the library. */
export function exchangeBroken(where: string, cause: unknown, stale: boolean): ExchangeError {
  return new ExchangeError(`Lost the connection to ${where}: ${reasonOf(cause)}`, { cause, stale });
}

const untrusted =
  "no authority that is trusted vouches for its certificate. Name the authority in LIBPROCESS_SSL_CA_FILE";

const noCommonTerms =
  "it refuses our handshake. Have it accept TLS 1.2 or newer and an ECDHE cipher with GCM (its " +
  "LIBPROCESS_SSL_CIPHERS); if it wants a certificate of ours, set LIBPROCESS_SSL_CERT_FILE and LIBPROCESS_SSL_KEY_FILE";

const certificateWanted = "it wants a certificate of ours, of an authority that it trusts. " +
  "Set LIBPROCESS_SSL_CERT_FILE and LIBPROCESS_SSL_KEY_FILE";

/** What the codes of Node's libraries mean, and what to do. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the other side closed it",
  EPIPE: "the other side closed it",
  ENOENT: "there is no such socket",
  EACCES: "permission denied",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ENETDOWN: "the network is down",
  ETIMEDOUT: "the host does not answer",
  ENOTFOUND: "the name of the host is not known",
  EAI_AGAIN: "the name of the host cannot be looked up now",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate is for another name or address: it needs what we connect to as a " +
    "subject alternative name",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS. Unset LIBPROCESS_SSL_ENABLED",
};

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const reason = reasons[code];
  if (reason !== undefined) return reason;
  const message = cause.message;
  if (/certificate.?required|bad.?certificate|CertificateRequired|BadCertificate|UnknownCA/i.test(message)) {
    return `${certificateWanted} (${message})`;
  }
  if (/HandshakeFailure|handshake.failure|ProtocolVersion|protocol.version/i.test(message)) {
    return `${noCommonTerms} (${message})`;
  }
  if (code.startsWith("HPE_")) {
    return `it does not answer in HTTP. If it speaks TLS, set LIBPROCESS_SSL_ENABLED=1`;
  }
  return message === "" ? code : message;
}
