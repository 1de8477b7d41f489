import { HttpAnswerReader } from "../../src/docker/http_answer.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";

interface Answer {
  readonly text: string;
  readonly method?: string;
  /** What is read of it: status, then body. */
  readonly gives: readonly [number, string];
}

const answers: Readonly<Record<string, Answer>> = {
  "with a length": { text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", gives: [200, "hello"] },
  "with more than its length": {
    text: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhello",
    gives: [200, "he"],
  },
  "in chunks": {
    text:
      "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
    gives: [201, "wiki0123456789"],
  },
  "until the end": { text: "HTTP/1.0 500 Internal Server Error\r\n\r\nit broke", gives: [500, "it broke"] },
  "without words for its status": { text: "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", gives: [404, ""] },
  "after an interim one": {
    text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    gives: [200, "x"],
  },
  "without content": { text: "HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n", gives: [204, ""] },
  "not modified": { text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", gives: [304, ""] },
  "to HEAD": { text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", method: "HEAD", gives: [200, ""] },
};

function readerOf(text: string, pieceLength: number): HttpAnswerReader {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new HttpAnswerReader(() => {
    if (at >= bytes.length) return Promise.resolve(null);
    return Promise.resolve(bytes.slice(at, at += pieceLength));
  });
}

async function readAll(text: string, pieceLength: number, method = "GET"): Promise<[number, string]> {
  const reader = readerOf(text, pieceLength);
  const head = await reader.head();
  let body = "";
  for await (const piece of reader.body(method, head)) body += new TextDecoder().decode(piece);
  return [head.status, body];
}

for (const [name, { text, method, gives }] of Object.entries(answers)) {
  Deno.test(`an answer ${name} is read, wherever it is cut`, async () => {
    for (const pieceLength of [1, 2, 3, 7, 1_000]) {
      assertEquals(await readAll(text, pieceLength, method), [...gives], `in pieces of ${pieceLength}`);
    }
  });
}

Deno.test("the values of a header that comes twice are put together", async () => {
  const head = await readerOf("HTTP/1.1 200 OK\r\nA: 1\r\nB:2\r\na:  3 \r\n\r\n", 1_000).head();
  assertEquals(head, { status: 200, headers: { a: "1, 3", b: "2" } });
});

Deno.test("an answer that is cut off, or none of HTTP, is an error", async () => {
  const refused: readonly [string, string][] = [
    ["", "closed before"],
    ["HTTP/1.1 200 OK\r\nContent-", "closed before"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "closed before"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "closed before"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "closed before"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "not cut into chunks"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n", "longer than it says"],
    ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "its length is -1"],
    ["SSH-2.0-OpenSSH\r\n\r\n", "no HTTP"],
    ["HTTP/1.1 200 OK\r\nno header\r\n\r\n", "no HTTP"],
    [`HTTP/1.1 200 OK\r\nA: ${"a".repeat(70_000)}`, "no HTTP"],
  ];
  for (const [text, why] of refused) {
    await assertRejects(() => readAll(text, 1_000), Error, why);
  }
});
