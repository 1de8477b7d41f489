/** What is answered to a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole of it, or pieces as they come, until the signal is aborted because nobody wants more. */
  readonly body: Uint8Array | ((signal: AbortSignal) => AsyncIterable<Uint8Array>);
}

const encoder = new TextEncoder();

export function textAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return {
    status,
    headers: { "Content-Type": "text/plain; charset=utf-8", ...headers },
    body: encoder.encode(`${text}\n`),
  };
}

export function jsonAnswer(status: number, value: unknown): HttpAnswer {
  return {
    status,
    headers: { "Content-Type": "application/json" },
    body: encoder.encode(`${JSON.stringify(value)}\n`),
  };
}

/** On every answer: nothing is kept, guessed, framed or read by another site. */
const alwaysSent: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
};

const phrases: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  413: "Content Too Large",
  421: "Misdirected Request",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
};

/** The head of an answer as bytes, up to the body. */
export function answerHead(
  answer: HttpAnswer,
  options: { readonly chunked: boolean; readonly keepAlive: boolean; readonly now: number },
): Uint8Array {
  const framing: Record<string, string> = answer.body instanceof Uint8Array
    ? { "Content-Length": String(answer.body.length) }
    : options.chunked
    ? { "Transfer-Encoding": "chunked" }
    : {};
  const headers = {
    Date: new Date(options.now).toUTCString(),
    Connection: options.keepAlive ? "keep-alive" : "close",
    ...alwaysSent,
    ...framing,
    ...answer.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return encoder.encode(
    `HTTP/1.1 ${answer.status} ${phrases[answer.status] ?? "Status"}\r\n${lines.join("")}\r\n`,
  );
}

/** Bytes as one chunk (RFC 9112, 7.1). Without bytes it would be the last one: nothing is written then. */
export function chunkOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  const head = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  const chunk = new Uint8Array(head.length + bytes.length + 2);
  chunk.set(head);
  chunk.set(bytes, head.length);
  chunk.set([13, 10], head.length + bytes.length);
  return chunk;
}

export const lastChunk: Uint8Array = encoder.encode("0\r\n\r\n");
