import { UsageError } from "../pod/errors.ts";

/** Where a status server listens. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly hostname: string; readonly port: number; readonly loopback: boolean }
  | { readonly kind: "unix"; readonly path: string };

/**
 * Reads `127.0.0.1:10280`, `[::1]:10280`, `localhost:10280`, `0.0.0.0:10280` or `unix:/path`. Port 0 is any free one.
 *
 * @throws {UsageError}
 */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    if (path.startsWith("/")) return { kind: "unix", path };
  } else {
    const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ??
      [];
    const hostname = bracketed ?? plain;
    const port = Number(digits);
    if (hostname !== undefined && port <= 65_535) {
      return { kind: "tcp", hostname, port, loopback: isLoopback(hostname) };
    }
  }
  throw new UsageError(
    `--listen takes ADDRESS:PORT (127.0.0.1:10280), unix:/PATH or none, not "${text}"`,
  );
}

/** Whether a host name or address can only be this machine. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return name === "localhost" || name === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}

/**
 * Whether a `Host` header names this machine by itself. A page of a foreign site whose name was made to resolve to
 * loopback (DNS rebinding) asks with that site's name, and a browser lets it read the answer: it gets none.
 */
export function isLoopbackHost(host: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d{1,5})?$/.exec(host) ?? [];
  const hostname = bracketed ?? plain;
  return hostname !== undefined && isLoopback(hostname);
}
