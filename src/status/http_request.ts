/** The beginning of a request. Only requests without a body are taken, so this is all of it. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded, segment by segment: `/v1/pods/a%2Fb` has the segments `v1`, `pods`, `a/b`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Names in small letters; of a name that comes twice, the values with a comma between them. */
  readonly headers: ReadonlyMap<string, string>;
  /** Of HTTP/1: HTTP/1.0 knows no chunks. */
  readonly minorVersion: 0 | 1;
  /** The other side wants to ask more on this connection. */
  readonly keepAlive: boolean;
}

/** A request that is refused before anybody looks what it asks for. */
export class RefusedRequest extends Error {
  override readonly name = "RefusedRequest";
  /** @param status of HTTP */
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Reads the head of an HTTP/1 request (RFC 9112), without the empty line at its end. Strict: nobody who means well
 * sends bare line feeds, folded lines or spaces before a colon.
 *
 * @throws {RefusedRequest}
 */
export function parseRequest(head: string): HttpRequest {
  const [first = "", ...lines] = head.split("\r\n");
  const words = first.split(" ");
  const [method = "", target = "", version = ""] = words;
  if (words.length !== 3 || !token.test(method)) throw new RefusedRequest(400, "this is no HTTP request");
  if (version !== "HTTP/1.1" && version !== "HTTP/1.0") {
    throw new RefusedRequest(505, "only HTTP/1.1 is spoken here");
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    // deno-lint-ignore no-control-regex -- no control character but the tab is allowed in a value
    if (!token.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) {
      throw new RefusedRequest(400, "a header is malformed");
    }
    // Two hosts are two opinions on whom this is for.
    if (name === "host" && headers.has(name)) throw new RefusedRequest(400, "there are two Host headers");
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const minorVersion = version === "HTTP/1.1" ? 1 : 0;
  if (minorVersion === 1 && !headers.has("host")) throw new RefusedRequest(400, "the Host header is missing");
  if (headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0") {
    throw new RefusedRequest(413, "requests have no body here");
  }
  const { host, ...asked } = parseTarget(target);
  // A proxy may pass on what it got: then the target says whom it is for, and the header does not count.
  if (host !== undefined) headers.set("host", host);
  const connection = (headers.get("connection") ?? "").toLowerCase().split(",").map((word) => word.trim());
  return {
    method,
    ...asked,
    headers,
    minorVersion,
    keepAlive: minorVersion === 1 && !connection.includes("close"),
  };
}

/** Of `/path?query`, or `http://host/path?query`, which every server has to take (RFC 9112, 3.2.2). */
function parseTarget(
  target: string,
): { readonly host: string | undefined; readonly segments: string[]; readonly query: URLSearchParams } {
  const [, host] = /^https?:\/\/([^/?#]+)/i.exec(target) ?? [];
  const rest = host === undefined ? target : target.slice(target.indexOf("//") + 2 + host.length);
  const local = host !== undefined && !rest.startsWith("/") ? `/${rest}` : rest;
  if (!local.startsWith("/") || !/^[\x21-\x7e]+$/.test(target)) {
    throw new RefusedRequest(400, "the path does not begin with a slash, or is not encoded");
  }
  const mark = local.indexOf("?");
  const path = mark < 0 ? local : local.slice(0, mark);
  try {
    return {
      host,
      segments: path.slice(1).split("/").map(decodeURIComponent),
      query: new URLSearchParams(mark < 0 ? "" : local.slice(mark + 1)),
    };
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new RefusedRequest(400, "the path is not encoded well");
  }
}
