import { relayProgram } from "../../src/docker/relay_program.ts";
import { installPackages } from "../../scripts/engine/host_command.ts";
import { assertEquals } from "../support/assert.ts";

const loopbacks = [{ version: "4", hostname: "127.0.0.1" }, { version: "6", hostname: "::1" }] as const;

/** The program as a command line: at home, or under an emulator. */
type Relay = readonly [string, ...string[]];

async function withRelay(kind: "own" | "arm64", test: (relay: Relay) => Promise<void>): Promise<void> {
  if (kind === "arm64") await installPackages({ "qemu-aarch64-static": "qemu-user-static" });
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/relay`;
    const own = Deno.build.arch === "x86_64" ? "amd64" : "arm64";
    await Deno.writeFile(path, relayProgram(kind === "own" ? own : "arm64"), { mode: 0o755 });
    await test(kind === "own" ? [path] : ["qemu-aarch64-static", path]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function exitCodeOf(relay: Relay, ...words: string[]): Promise<number> {
  const [program, ...before] = relay;
  const command = new Deno.Command(program, { args: [...before, ...words], stdin: "null" });
  return (await command.output()).code;
}

async function passThrough(relay: Relay, words: readonly string[], input: Uint8Array<ArrayBuffer>) {
  const [program, ...before] = relay;
  const child = new Deno.Command(program, { args: [...before, ...words], stdin: "piped", stdout: "piped" })
    .spawn();
  const writing = new Response(input).body?.pipeTo(child.stdin);
  const [output, status] = await Promise.all([new Response(child.stdout).bytes(), child.status, writing]);
  return { output, code: status.code };
}

async function readAll(connection: Deno.Conn): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const buffer = new Uint8Array(65536);
  for (let size = await connection.read(buffer); size !== null; size = await connection.read(buffer)) {
    chunks.push(buffer.slice(0, size));
  }
  return await new Blob(chunks).bytes();
}

for (const kind of ["own", "arm64"] as const) {
  Deno.test(`engine: the relay (${kind}) passes both directions on, whole, and the end of the input`, async () => {
    const sent = new Uint8Array(1_000_003).map((_, index) => index * 31 + (index >> 8));
    await withRelay(kind, async (relay) => {
      for (const { version, hostname } of loopbacks) {
        using listener = Deno.listen({ hostname, port: 0 });
        const serving = (async () => {
          using connection = await listener.accept();
          return await readAll(connection);
        })();
        const { code, output } = await passThrough(relay, [`${listener.addr.port}`, version, "60"], sent);
        assertEquals([code, output.length], [0, 0]);
        assertEquals(await serving, sent);

        // The other way round: the answer begins when the input has ended.
        const answering = (async () => {
          using connection = await listener.accept();
          await readAll(connection);
          for (let written = 0; written < sent.length;) {
            written += await connection.write(sent.subarray(written));
          }
        })();
        const answer = await passThrough(relay, [`${listener.addr.port}`, version, "60"], new Uint8Array(10));
        await answering;
        assertEquals(answer.code, 0);
        assertEquals(answer.output, sent);
      }
    });
  });

  Deno.test(`engine: the relay (${kind}) says by its exit code how a connection failed`, async () => {
    await withRelay(kind, async (relay) => {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const port = `${listener.addr.port}`;
      assertEquals(await exitCodeOf(relay, port, "4", "60", "connect"), 0);
      listener.close();
      assertEquals(await exitCodeOf(relay, port, "4", "60", "connect"), 111, "nobody listens");
      assertEquals(await exitCodeOf(relay, port, "4", "60"), 111, "nobody listens");
      assertEquals(await exitCodeOf(relay, port, "4"), 22, "too few words");
      assertEquals(await exitCodeOf(relay, "http", "4", "60"), 22, "no number");
      assertEquals(await exitCodeOf(relay, port, "4", "0"), 22, "no time");
    });
  });

  Deno.test(`engine: the relay (${kind}) ends by itself when nobody answers and nobody ends it`, async () => {
    await withRelay(kind, async ([program, ...before]) => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const child = new Deno.Command(program, {
        args: [...before, `${listener.addr.port}`, "4", "1"],
        stdin: "piped",
      }).spawn();
      using _connection = await listener.accept();
      assertEquals((await child.status).signal, "SIGALRM");
      await child.stdin.close();
    });
  });
}
