import { UsageError } from "../pod/errors.ts";

/** Where an operator tells over HTTP. */
export type OperatorAddress =
  | {
    readonly kind: "tcp";
    readonly secure: boolean;
    /** An IPv6 address without its brackets. */
    readonly hostname: string;
    readonly port: number;
    /** In front of every path, where a proxy keeps it below one: `/pods`. Else empty. */
    readonly base: string;
    /** As a person writes it. */
    readonly text: string;
  }
  | { readonly kind: "unix"; readonly path: string; readonly text: string };

/** That of `--listen`. */
const usualPort = 10_280;

/**
 * Reads `http://HOST:PORT`, `https://HOST`, `HOST:PORT`, `HOST` (then it is the usual port) or `unix:/PATH`.
 *
 * @throws {UsageError}
 */
export function parseOperatorAddress(text: string): OperatorAddress {
  const wrong = () =>
    new UsageError(
      `--operator takes the address of an operator, http://HOST:PORT, HOST:PORT or unix:/PATH, not "${text}"`,
    );
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    if (!path.startsWith("/")) throw wrong();
    return { kind: "unix", path, text: `unix:${path}` };
  }
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole)) throw wrong();
  const { protocol, hostname, port, pathname, username, search, hash } = new URL(whole);
  const secure = protocol === "https:";
  if (
    !(secure || protocol === "http:") || hostname === "" || username !== "" || search !== "" || hash !== ""
  ) {
    throw wrong();
  }
  const given = /^https?:\/\/[^/]*:(\d+)(?:\/|$)/i.exec(whole)?.[1];
  const number = Number(port || given || (secure ? 443 : usualPort));
  const base = pathname.replace(/\/+$/, "");
  return {
    kind: "tcp",
    secure,
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: number,
    base,
    text: `${secure ? "https" : "http"}://${hostname}:${number}${base}`,
  };
}
