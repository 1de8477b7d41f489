import { connectionFailed, isNotSent } from "../../src/docker/engine_error.ts";
import type { TransportAnswer, TransportRequest } from "../../src/docker/transport.ts";
import { UnixTransport } from "../../src/docker/unix_transport.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";

const never = new AbortController().signal;
const get: TransportRequest = { method: "GET", target: "/v1.41/info?a=%7B%22b%22%7D", headers: {} };
const encoder = new TextEncoder();

/** Runs `work` with a transport to a socket on which `serve` deals with each connection, until it returns. */
async function withSocket(
  serve: (connection: Deno.UnixConn) => Promise<void>,
  work: (transport: UnixTransport) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-transport-" });
  const path = `${directory}/engine.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  const serving = (async () => {
    for await (const connection of listener) {
      // What it fails with is the other side's end of the connection, which is what these tests look at.
      await serve(connection).catch(() => {});
      connection.close();
    }
  })();
  const transport = new UnixTransport(path);
  try {
    await work(transport);
  } finally {
    transport.close();
    listener.close();
    await serving.catch(() => {});
    await Deno.remove(directory, { recursive: true });
  }
}

async function readHead(connection: Deno.UnixConn): Promise<string> {
  const buffer = new Uint8Array(4_096);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const read = await connection.read(buffer);
    if (read === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, read));
  }
  return text;
}

async function textOf(answer: TransportAnswer): Promise<string> {
  let text = "";
  for await (const piece of answer.body) text += new TextDecoder().decode(piece);
  answer.close();
  return text;
}

function answering(text: string): (connection: Deno.UnixConn) => Promise<void> {
  return async (connection) => {
    await readHead(connection);
    await connection.write(encoder.encode(text));
  };
}

Deno.test("a request says what it asks for and that its connection ends with the answer", async () => {
  let head = "";
  await withSocket(async (connection) => {
    head = await readHead(connection);
    await connection.write(encoder.encode("HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\nContent-Length: 2\r\n\r\nhi"));
    // The other side ends it.
    assertEquals(await connection.read(new Uint8Array(1)), null);
  }, async (transport) => {
    const answer = await transport.send({ ...get, headers: { "X-Registry-Auth": "e30=" } }, never);
    assertEquals([answer.status, answer.headers.a, await textOf(answer)], [200, "1, 2", "hi"]);
  });
  const [line, ...fields] = head.toLowerCase().split("\r\n");
  assertEquals(line, "get http://localhost/v1.41/info?a=%7b%22b%22%7d http/1.1");
  for (
    const field of [
      "host: localhost",
      "connection: close",
      "accept-encoding: identity",
      "x-registry-auth: e30=",
    ]
  ) {
    assert(fields.includes(field), `${field} in ${head}`);
  }
});

for (
  const [name, answer, status, body] of [
    [
      "in chunks",
      "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n2\r\nab\r\n0\r\n\r\n",
      201,
      "wikiab",
    ],
    ["until the end", "HTTP/1.0 500 Internal Server Error\r\n\r\nit broke", 500, "it broke"],
    [
      "after an interim one",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 409 Conflict\r\nContent-Length: 1\r\n\r\nx",
      409,
      "x",
    ],
    ["without content", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""],
    ["not modified", "HTTP/1.1 304 Not Modified\r\n\r\n", 304, ""],
    ["that leads elsewhere", "HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 301, ""],
  ] as const
) {
  Deno.test(`an answer ${name} is given as it came`, async () => {
    await withSocket(answering(answer), async (transport) => {
      const given = await transport.send(get, never);
      assertEquals([given.status, await textOf(given)], [status, body]);
    });
  });
}

Deno.test("a post without content says so, and one with content says how much", async () => {
  for (const content of [undefined, new Uint8Array(3)]) {
    let head = "";
    await withSocket(async (connection) => {
      head = await readHead(connection);
      await connection.write(encoder.encode("HTTP/1.1 204 No Content\r\n\r\n"));
    }, async (transport) => {
      (await transport.send({ method: "POST", target: "/x", headers: {}, content }, never)).close();
    });
    assert(head.toLowerCase().includes(`\r\ncontent-length: ${content?.length ?? 0}\r\n`), head);
  }
});

Deno.test("an answer before all of a large body is read is the answer", async () => {
  await withSocket(async (connection) => {
    await readHead(connection);
    const text = "no such container";
    await connection.write(
      encoder.encode(
        `HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      ),
    );
  }, async (transport) => {
    const request = {
      method: "PUT",
      target: "/x",
      headers: {},
      content: new Uint8Array(20_000_000),
    } as const;
    const answer = await transport.send(request, never);
    assertEquals([answer.status, await textOf(answer)], [404, "no such container"]);
  });
});

Deno.test("a stream that nobody reads is held back, and ends when it is aborted or closed", async () => {
  for (const way of ["abort", "close"] as const) {
    let sent = 0;
    let over = false;
    await withSocket(async (connection) => {
      await readHead(connection);
      await connection.write(encoder.encode("HTTP/1.1 200 OK\r\n\r\n"));
      const piece = new Uint8Array(1_000_000);
      try {
        while (sent < 1_000) {
          for (let at = 0; at < piece.length;) at += await connection.write(piece.subarray(at));
          sent++;
        }
      } finally {
        over = true;
      }
    }, async (transport) => {
      const abort = new AbortController();
      const answer = await transport.send(get, abort.signal);
      const pieces = answer.body[Symbol.asyncIterator]();
      assertEquals((await pieces.next()).done, false);
      const reason = new Error("no longer wanted");
      if (way === "abort") abort.abort(reason);
      else answer.close();
      await waitUntil("the engine is left", () => over);
      assert(sent < 100, `${sent} MB were taken from a stream that nobody read`);
      const rest = await assertRejects(async () => {
        while ((await pieces.next()).done !== true);
      });
      if (way === "abort") assertEquals(rest, reason);
    });
  }
});

Deno.test("a request that was aborted before it is not sent", async () => {
  await withSocket(() => Promise.reject(new Error("it was sent")), async (transport) => {
    const reason = new Error("no longer wanted");
    assertEquals(await assertRejects(() => transport.send(get, AbortSignal.abort(reason))), reason);
  });
});

Deno.test("what is no path of the API is not sent", async () => {
  await withSocket(() => Promise.reject(new Error("it was sent")), async (transport) => {
    for (const target of ["/v1.41/containers/../info", "/v1.41/a b"]) {
      await assertRejects(
        () => transport.send({ ...get, target }, never),
        Error,
        "no path of the engine's API",
      );
    }
  });
});

Deno.test("a connection that is lost is told from one that never was", async () => {
  const told = (error: unknown) => connectionFailed("list containers", "unix:///x", error);
  for (
    const [text, words] of [
      ["", "connection closed before message completed"],
      ["HTTP/1.1 200 OK\r\nConte", "connection closed before message completed"],
      ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "error reading a body from connection"],
      [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "error reading a body from connection",
      ],
      ["SSH-2.0-OpenSSH\r\n\r\n", "invalid HTTP version parsed"],
    ] as const
  ) {
    await withSocket(answering(text), async (transport) => {
      const error = await assertRejects(async () => textOf(await transport.send(get, never)));
      assertEquals(
        [told(error).reason, told(error).message],
        [
          "connection-lost",
          `Cannot list containers: the connection to the engine at unix:///x was lost (${words})`,
        ],
      );
    });
  }
  const directory = await Deno.makeTempDir({ prefix: "mesolet-transport-" });
  await Deno.writeTextFile(`${directory}/file`, "");
  for (const [name, code] of [["none", "ENOENT"], ["file", "ECONNREFUSED"]]) {
    const transport = new UnixTransport(`${directory}/${name}`);
    const error = await assertRejects(() => transport.send(get, never));
    assertEquals([Reflect.get(Object(error), "code"), isNotSent(error)], [code, true]);
    assertEquals(told(error).reason, "not-running");
    transport.close();
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test({
  name: "a socket that may not be opened is told as that",
  // Only root can become somebody else, and root itself may open everything.
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "mesolet-transport-" });
    const path = `${directory}/engine.sock`;
    const listener = Deno.listen({ transport: "unix", path });
    await Deno.chmod(directory, 0o755);
    await Deno.chmod(path, 0o600);
    const program = `
      import { UnixTransport } from "./unix_transport.ts";
      await new UnixTransport(${JSON.stringify(path)})
        .send({ method: "GET", target: "/", headers: {} }, new AbortController().signal)
        .catch((error) => console.log(error.code, error.message));
    `;
    await Deno.writeTextFile(`${directory}/ask.ts`, program);
    const source = new URL("../../src/docker/unix_transport.ts", import.meta.url);
    await Deno.copyFile(source, `${directory}/unix_transport.ts`);
    await Deno.copyFile(Deno.execPath(), `${directory}/deno`);
    const { stdout } = await new Deno.Command(`${directory}/deno`, {
      args: ["run", "-A", "--no-config", "--no-check", "--quiet", "ask.ts"],
      cwd: directory,
      clearEnv: true,
      env: { DENO_DIR: `${directory}/cache`, NO_COLOR: "1" },
      uid: 65_534,
      stderr: "null",
    }).output();
    listener.close();
    await Deno.remove(directory, { recursive: true });
    assertEquals(new TextDecoder().decode(stdout), "EACCES Permission denied (os error 13)\n");
  },
});
