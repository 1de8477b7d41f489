import { type HttpHead, longestHead, parseHead } from "../../src/docker/http_head.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

const heads: readonly { readonly name: string; readonly text: string; readonly head: HttpHead }[] = [
  {
    name: "no reason, no header",
    text: "HTTP/1.1 204\r\n\r\n",
    head: { statusCode: 204, length: 0, size: 16 },
  },
  {
    name: "a length and a body",
    text: "HTTP/1.0 200 OK\r\nContent-LENGTH:  5 \r\n\r\nhello",
    head: { statusCode: 200, length: 5, size: 40 },
  },
  {
    name: "a redirect",
    text: "HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n",
    head: { statusCode: 302, location: "/there", size: 40 },
  },
  {
    name: "an interim answer in front",
    text: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    head: { statusCode: 200, size: 56 },
  },
  { name: "lines that end as in Unix", text: "HTTP/1.0 500 x\n\n", head: { statusCode: 500, size: 16 } },
  {
    name: "a length that is none",
    text: "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    head: { statusCode: 200, size: 41 },
  },
];

for (const { name, text, head } of heads) {
  Deno.test(`the head of an answer: ${name}`, () => {
    assertEquals(parseHead(bytesOf(text)), head);
    for (let length = 0; length < head.size; length++) {
      assertEquals(parseHead(bytesOf(text).subarray(0, length)), undefined, "it is not complete");
    }
  });
}

const wrong: readonly (readonly [string, string])[] = [
  ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["HTTP/2", "HTTP/2 200 OK\r\n\r\n"],
  ["no status", "HTTP/1.1 fine\r\n\r\n"],
  ["a head without an end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(longestHead)}`],
];

for (const [name, text] of wrong) {
  Deno.test(`no answer by HTTP: ${name}`, () => {
    assertThrows(() => parseHead(bytesOf(text)), TypeError, "the answer is no HTTP");
  });
}
