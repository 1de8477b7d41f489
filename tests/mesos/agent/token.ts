import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/** What a token says: strings as they are, everything else as JSON. */
export type Claims = Readonly<Record<string, string>>;

/** Claims of a good token, or the value of `WWW-Authenticate` that comes with a 401. */
export type Authentication = { readonly claims: Claims } | { readonly challenge: string };

const realm = 'Bearer realm="mesos-agent-executor"';

/** A token (JWT, HS256) as the agent gives it to an executor. */
export function makeToken(key: string, claims: Claims): string {
  const sorted = Object.fromEntries(Object.entries(claims).sort(([a], [b]) => a < b ? -1 : 1));
  const head = encode(JSON.stringify({ alg: "HS256", typ: "JWT" }));
  const content = `${head}.${encode(JSON.stringify(sorted))}`;
  return `${content}.${sign(key, content).toString("base64url")}`;
}

/**
 * Checks a request's `Authorization` as the agent does, in its words.
 *
 * @param now milliseconds since 1970
 */
export function authenticate(key: string, header: string | undefined, now: number): Authentication {
  if (header === undefined) return { challenge: realm };
  const refuse = (why: string) => ({
    challenge: `${realm}, error="invalid_token", error_description="${why}"`,
  });
  const parts = header.split(" ");
  if (parts.length !== 2) return refuse("Malformed 'Authorization' header");
  const [scheme, token = ""] = parts;
  if (scheme !== "Bearer") return refuse(`Scheme '${scheme}' unsupported`);
  const read = readToken(key, token, now);
  if (typeof read === "string") return refuse(`Invalid JWT: ${read}`);
  return Object.keys(read).length === 0 ? refuse("JWT claims missing") : { claims: read };
}

function readToken(key: string, token: string, now: number): Claims | string {
  const parts = token.split(".");
  if (parts.length !== 3) return `Expected 3 components in token, got ${parts.length}`;
  const [head = "", payload = "", signature = ""] = parts;
  const header = decode(head);
  if (header === undefined) return "Failed to decode token header: Failed to parse into JSON";
  if (header.alg === undefined) return "Failed to locate 'alg' in token JSON header";
  if (header.alg !== "HS256") return `Token 'alg' value "${header.alg}" does not match, expected "HS256"`;
  const claims = decode(payload);
  if (claims === undefined) return "Failed to decode token payload: Failed to parse into JSON";
  if (claims.exp !== undefined) {
    if (typeof claims.exp !== "number") return "JSON payload 'exp' field is not a number";
    const seconds = Math.floor(now / 1_000);
    if (claims.exp < seconds) return `Token has expired: exp(${claims.exp}) < now(${seconds})`;
  }
  const expected = sign(key, `${head}.${payload}`);
  const given = Buffer.from(signature, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return "Token signature does not match";
  }
  return Object.fromEntries(
    Object.entries(claims).map((
      [name, value],
    ) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/**
 * What keeps the owner of a token from speaking for an executor, in the words of Mesos.
 */
export function claimsProblem(
  claims: Claims,
  frameworkId: string,
  executorId: string,
  containerId: string,
): string | undefined {
  // Mesos prints claims in the order of its hash map, which for these three names is this one.
  const known = ["fid", "eid", "cid"].filter((name) => claims[name] !== undefined);
  const names = [...known, ...Object.keys(claims).filter((name) => !known.includes(name))];
  const text = JSON.stringify({ claims: Object.fromEntries(names.map((name) => [name, claims[name]])) });
  const who = `Authenticated principal '${text}' does not contain`;
  if (claims.fid !== frameworkId) {
    return `${who} an 'fid' claim with the framework ID ${frameworkId}, which is set in the call`;
  }
  if (claims.eid !== executorId) {
    return `${who} an 'eid' claim with the executor ID ${executorId}, which is set in the call`;
  }
  return claims.cid === containerId ? undefined : `${who} a 'cid' claim with the correct active ContainerID`;
}

function sign(key: string, content: string): Buffer {
  return createHmac("sha256", key).update(content).digest();
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined;
  }
}
