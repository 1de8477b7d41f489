import { systemClock } from "../../src/pod/clock.ts";
import { MesoletError, UsageError } from "../../src/pod/errors.ts";
import { parseOperatorAddress } from "../../src/cli/operator_address.ts";
import { openOperator, type OperatorClient, operatorPath } from "../../src/cli/operator_client.ts";
import { podEntry, specProblem } from "../status/fake_board.ts";
import { serving } from "../status/serving.ts";
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { type FakeServer, fakeServer } from "../support/fake_server.ts";

const signal = new AbortController().signal;
const clock = systemClock;

Deno.test("addresses of an operator, as people write them", () => {
  const texts: Readonly<Record<string, string>> = {
    "http://localhost:10280": "http://localhost:10280",
    "http://localhost:80": "http://localhost:80",
    "10.0.0.1:8080": "http://10.0.0.1:8080",
    "operator.example": "http://operator.example:10280",
    "[::1]:10280": "http://[::1]:10280",
    "https://operator.example/pods/": "https://operator.example:443/pods",
    "unix:/run/mesolet.sock": "unix:/run/mesolet.sock",
    "unix:///run/mesolet.sock": "unix:/run/mesolet.sock",
  };
  for (const [text, shown] of Object.entries(texts)) {
    assertEquals(parseOperatorAddress(text).text, shown, text);
  }
  for (
    const wrong of [
      "",
      "unix:relative",
      "ftp://one:1",
      "http://",
      "one:99999",
      "http://a:b@one",
      "http://one?x=1",
    ]
  ) {
    assertThrows(
      () => parseOperatorAddress(wrong),
      UsageError,
      "--operator takes the address of an operator",
    );
  }
});

Deno.test("paths are encoded", () => {
  assertEquals(
    operatorPath(["v1", "pods", "a/b ä", "logs"], { tail: "5", container: undefined, follow: "true" }),
    "/v1/pods/a%2Fb%20%C3%A4/logs?tail=5&follow=true",
  );
});

Deno.test("what an operator tells is read as it was told, over TCP and over a socket", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const listen of ["127.0.0.1:0", `unix:${directory}/operator.sock`]) {
      await using server = await serving({ listen });
      server.board.entries = [
        podEntry("shop", {
          entry: {
            instances: [{
              slot: 0,
              state: "running",
              ready: true,
              version: "v1",
              task: "shop.0.v1.x",
              agent: { id: "S0", hostname: "one" },
              address: "10.0.0.1",
              ports: [31000],
              since: 1_700_000_000_000,
            }],
          },
        }),
        podEntry("web", { entry: { problem: specProblem("/etc/pods/web.yaml") } }),
      ];
      server.board.wrong = [specProblem("/etc/pods/web.yaml", { pod: "web" })];
      const client = openOperator(server.address, { clock });
      const board = await client.board(signal);
      assertEquals<unknown>(board, await client.json("/v1/pods", signal));
      assertEquals(await client.pod("web", signal), board.pods[1]);
      const error = await assertRejects(() => client.pod("wep", signal), UsageError);
      assertStringIncludes(error.message, "has no pod wep: did you mean web?");
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("who answers otherwise, or not at all, is said in one line", async () => {
  const said = async (client: OperatorClient) =>
    (await assertRejects(() => client.board(signal), MesoletError)).message;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  assertEquals(
    await said(openOperator(`127.0.0.1:${port}`, { clock })),
    `cannot reach an operator at http://127.0.0.1:${port}: nobody listens there. Is it running, and is that its --listen?`,
  );
  assertStringIncludes(
    await said(openOperator("unix:/nowhere/at.all", { clock })),
    "there is no such socket",
  );

  const answers: Readonly<Record<string, readonly [string, string]>> = {
    "is no operator of mesolet": ["HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n", "<h1>nginx</h1>"],
    "is no operator of mesolet: check": [
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
      `{"apps":[]}`,
    ],
    "check --operator": ["HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", "<h1>hello</h1>"],
    "answers 503: too many": ["HTTP/1.1 503 Busy\r\nContent-Type: text/plain\r\n", "too many connections\n"],
    "does not speak HTTP": ["220 mail.example ESMTP", ""],
  };
  for (const [wanted, [head, body]] of Object.entries(answers)) {
    const answer = `${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
    await using server = await fakeServer("tcp", () => answer);
    assertStringIncludes(await said(openOperator(addressOf(server), { clock })), wanted);
  }
  await using silent = await fakeServer("tcp", () => "hang");
  const words = await said(openOperator(addressOf(silent), { clock, bounds: { answer: 50 } }));
  assertStringIncludes(words, "says nothing for 0.05 s");
});

Deno.test("lines come as they are written, and one that was cut off is no line", async () => {
  const text = "one\ntwo\n\nthr";
  await using server = await fakeServer(
    "tcp",
    () => `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
  const client = openOperator(addressOf(server), { clock });
  const lines = await Array.fromAsync(client.lines("/v1/pods/web/logs", { accept: "text/plain" }, signal));
  assertEquals(lines, ["one", "two", ""]);
  assertEquals(server.requests, ["GET /v1/pods/web/logs"]);
});

function addressOf({ host }: FakeServer): string {
  return host.replace("tcp:", "http:");
}
