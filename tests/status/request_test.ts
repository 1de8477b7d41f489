import { isLoopbackHost, parseListenAddress } from "../../src/status/listen_address.ts";
import { parseRequest, RefusedRequest } from "../../src/status/http_request.ts";
import { UsageError } from "../../src/pod/errors.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

Deno.test("a request is read as it stands", () => {
  const request = parseRequest(
    "GET /v1/pods/a%2Fb%20%C3%A4/logs?tail=5&container=x%26y HTTP/1.1\r\nHost: localhost:10280\r\naccept:  a \r\nAccept: b",
  );
  assertEquals(request.method, "GET");
  assertEquals(request.segments, ["v1", "pods", "a/b ä", "logs"]);
  assertEquals([...request.query], [["tail", "5"], ["container", "x&y"]]);
  assertEquals([...request.headers], [["host", "localhost:10280"], ["accept", "a, b"]]);
  assertEquals(request.keepAlive, true);
});

Deno.test("a target with a host is for that host, whatever the header says", () => {
  const read = (target: string) => {
    const { segments, query, headers } = parseRequest(`GET ${target} HTTP/1.1\r\nHost: localhost`);
    return [headers.get("host"), segments.join("|"), String(query)];
  };
  assertEquals(read("http://evil.example:1/v1/pods?a=b"), ["evil.example:1", "v1|pods", "a=b"]);
  assertEquals(read("HTTP://[::1]:10280"), ["[::1]:10280", "", ""]);
  assertEquals(read("http://a?b=c"), ["a", "", "b=c"]);
  assertEquals(read("/http://a/b"), ["localhost", "http:||a|b", ""]);
});

Deno.test("a connection is kept unless the client says otherwise or is of HTTP/1.0", () => {
  const keepAlive = (text: string) => parseRequest(text).keepAlive;
  assertEquals(keepAlive("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close"), false);
  assertEquals(keepAlive("GET / HTTP/1.0"), false);
});

const refusals: readonly (readonly [string, number])[] = [
  ["", 400],
  ["GET /", 400],
  ["GET  / HTTP/1.1\r\nHost: a", 400],
  ["G(T / HTTP/1.1\r\nHost: a", 400],
  ["GET / HTTP/2.0\r\nHost: a", 505],
  ["GET ftp://a/ HTTP/1.1\r\nHost: a", 400],
  ["GET http:///v1 HTTP/1.1\r\nHost: a", 400],
  ["GET * HTTP/1.1\r\nHost: a", 400],
  ["GET /%zz HTTP/1.1\r\nHost: a", 400],
  ["GET /%ff HTTP/1.1\r\nHost: a", 400],
  ["GET /ä HTTP/1.1\r\nHost: a", 400],
  ["GET / HTTP/1.1", 400],
  ["GET / HTTP/1.1\r\nHost: a\r\nHost: b", 400],
  ["GET / HTTP/1.1\r\nHost : a", 400],
  ["GET / HTTP/1.1\r\nHost: a\r\n folded", 400],
  ["GET / HTTP/1.1\r\nHost: a\nX: b", 400],
  ["GET / HTTP/1.1\r\nHost: a\r\nX: b\0", 400],
  ["GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3", 413],
  ["GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked", 413],
];

for (const [head, status] of refusals) {
  Deno.test(`refused with ${status}: ${JSON.stringify(head)}`, () => {
    assertEquals(assertThrows(() => parseRequest(head), RefusedRequest).status, status);
  });
}

Deno.test("only names that can be nothing but this machine are hosts of it", () => {
  const good = ["localhost", "LOCALHOST:80", "127.0.0.1", "127.1.2.3:10280", "[::1]", "[::1]:10280"];
  const bad = [
    "",
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
    "localhost:80:90",
    "[::1",
    "::1",
    "localhost, evil.example",
    "evil.example@localhost",
    "[::1].evil.example",
    "0.0.0.0",
  ];
  assertEquals(good.filter((host) => !isLoopbackHost(host)), []);
  assertEquals(bad.filter(isLoopbackHost), []);
});

Deno.test("addresses to listen at", () => {
  assertEquals(parseListenAddress("127.0.0.1:10280"), {
    kind: "tcp",
    hostname: "127.0.0.1",
    port: 10280,
    loopback: true,
  });
  assertEquals(parseListenAddress("[::1]:0"), { kind: "tcp", hostname: "::1", port: 0, loopback: true });
  assertEquals(parseListenAddress("0.0.0.0:80"), {
    kind: "tcp",
    hostname: "0.0.0.0",
    port: 80,
    loopback: false,
  });
  assertEquals(parseListenAddress("unix:/run/a b.sock"), { kind: "unix", path: "/run/a b.sock" });
  assertEquals(parseListenAddress("unix:///run/a.sock"), { kind: "unix", path: "/run/a.sock" });
  for (
    const text of ["", "10280", ":10280", "localhost", "a:70000", "unix:", "unix:relative", "http://a:1"]
  ) {
    assertThrows(() => parseListenAddress(text), UsageError);
  }
});
