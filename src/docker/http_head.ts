/** The beginning of an answer, as far as a check needs it. */
export interface HttpHead {
  readonly statusCode: number;
  /** Where a redirect leads to. */
  readonly location?: string;
  /** Bytes of the body; absent when the answer does not say. */
  readonly length?: number;
  /** Bytes of the answer in front of the body. */
  readonly size: number;
}

/** Bytes that a head may have: what a server of today accepts of a client, several times over. */
export const longestHead = 64 * 1024;

/** A request without a body, which wants the connection to end with the answer. */
export function requestText(host: string, path: string, method: "GET" | "POST" = "GET"): string {
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    "User-Agent: mesolet",
    "Accept: */*",
    "Connection: close",
  ];
  return [...head, ...(method === "POST" ? ["Content-Length: 0"] : []), "", ""].join("\r\n");
}

/**
 * Reads the head of an answer from its first bytes; interim answers (1xx) are passed over. Undefined: more is needed.
 *
 * Source: RFC 9112, sections 2 to 6.
 *
 * @throws {TypeError} for what is no HTTP
 */
export function parseHead(bytes: Uint8Array): HttpHead | undefined {
  // One character for each byte: positions in the text are positions in the bytes.
  const text = Array.from(bytes.subarray(0, longestHead), (byte) => String.fromCharCode(byte)).join("");
  for (let begin = 0;;) {
    const end = /\r?\n\r?\n/g;
    end.lastIndex = begin;
    const found = end.exec(text);
    if (found === null) {
      const start = text.slice(begin, begin + 5);
      if (!"HTTP/".startsWith(start) || bytes.length >= longestHead) {
        throw new TypeError("the answer is no HTTP");
      }
      return undefined;
    }
    const [status = "", ...lines] = text.slice(begin, found.index).split(/\r?\n/);
    const statusCode = Number(/^HTTP\/1\.\d (\d{3})(?: |$)/.exec(status)?.[1] ?? NaN);
    if (Number.isNaN(statusCode)) throw new TypeError("the answer is no HTTP");
    begin = found.index + found[0].length;
    if (statusCode >= 100 && statusCode < 200 && statusCode !== 101) continue;
    const location = headerOf(lines, "location");
    const length = /^\d+$/.exec(headerOf(lines, "content-length") ?? "")?.[0];
    return {
      statusCode,
      ...(location === undefined ? {} : { location }),
      ...(statusCode === 204 || statusCode === 304
        ? { length: 0 }
        : length === undefined
        ? {}
        : { length: Number(length) }),
      size: begin,
    };
  }
}

function headerOf(lines: readonly string[], name: string): string | undefined {
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0 && line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim();
  }
  return undefined;
}
