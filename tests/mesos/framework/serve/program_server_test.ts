import { type ProgramServer, serveProgram } from "../../../../src/mesos/framework/serve/program_server.ts";
import { MesoletError } from "../../../../src/pod/errors.ts";
import { SteppedClock } from "../../../support/stepped_clock.ts";
import { assertEquals, assertMatch, assertRejects } from "../../../support/assert.ts";
import { systemClock } from "../../../../src/pod/clock.ts";
import { sha256 } from "../../../../src/pod/sha256.ts";

interface Setting {
  readonly file: string;
  readonly server: ProgramServer;
  readonly problems: readonly string[];
}

async function serving(work: (setting: Setting) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-serve-" });
  const file = `${directory}/mesolet`;
  const problems: string[] = [];
  await Deno.writeTextFile(file, "x".repeat(300_000));
  const server = await serveProgram({
    file,
    version: "1.2.3",
    hostname: "127.0.0.1",
    port: 0,
    advertise: "127.0.0.1",
    clock: systemClock,
    onProblem: (problem) => problems.push(problem),
  });
  try {
    await work({ file, server, problems });
  } finally {
    await server.close();
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("the program is served under a URL that says which it is", () =>
  serving(async ({ server }) => {
    const checksum = sha256("x".repeat(300_000));
    assertEquals(server.checksum, checksum);
    assertMatch(
      server.url,
      new RegExp(`^http://127\\.0\\.0\\.1:\\d+/mesolet-1\\.2\\.3-${checksum.slice(0, 16)}$`),
    );
    for (let times = 0; times < 2; times++) {
      const answer = await fetch(server.url);
      assertEquals(answer.headers.get("Content-Length"), "300000");
      assertEquals(sha256(await answer.text()), checksum);
    }
    const head = await fetch(server.url, { method: "HEAD" });
    assertEquals([head.status, head.headers.get("ETag")], [200, `"${checksum}"`]);
  }));

Deno.test("nothing but the program is served", () =>
  serving(async ({ server }) => {
    const ask = async (path: string, method = "GET") => {
      const answer = await fetch(new URL(path, server.url), { method });
      return `${answer.status} ${(await answer.text()).trim()}`;
    };
    const { pathname } = new URL(server.url);
    assertEquals(await ask("/"), "404 there is nothing else here");
    assertEquals(await ask("/etc/passwd"), "404 there is nothing else here");
    assertEquals(await ask(`${pathname}/../x`), "404 there is nothing else here");
    assertEquals(await ask(pathname, "POST"), "405 GET alone is answered");
  }));

Deno.test("a program that was replaced is not served under the URL of the one before", () =>
  serving(async ({ server, file, problems }) => {
    await Deno.writeTextFile(`${file}.new`, "y");
    await Deno.rename(`${file}.new`, file);
    for (let times = 0; times < 2; times++) {
      const answer = await fetch(server.url);
      assertEquals([answer.status, await answer.text()], [410, "the program was replaced since\n"]);
    }
    assertEquals(problems, [`${file} was replaced: agents get the program again after a restart`]);
  }));

Deno.test("a download that is broken off takes no seat", () =>
  serving(async ({ server, file }) => {
    const large = new Uint8Array(4_000_000);
    await Deno.writeFile(file, large, { append: true });
    const again = await serveProgram({
      file,
      version: "1",
      hostname: "127.0.0.1",
      port: 0,
      advertise: "127.0.0.1",
      clock: systemClock,
      onProblem: () => {},
    });
    for (let times = 0; times < 70; times++) {
      const end = new AbortController();
      const answer = await fetch(again.url, { signal: end.signal });
      assertEquals(answer.status, 200);
      end.abort();
      await answer.body?.cancel().catch(() => {});
    }
    const last = await fetch(again.url);
    assertEquals((await last.arrayBuffer()).byteLength, 4_300_000);
    await again.close();
    await (await fetch(server.url)).body?.cancel();
  }));

Deno.test("an agent that hangs in a download does not hold up the end", () =>
  serving(async ({ file }) => {
    await Deno.truncate(file, 64_000_000);
    const clock = new SteppedClock();
    const hanging = await serveProgram({
      file,
      version: "1",
      hostname: "127.0.0.1",
      port: 0,
      advertise: "127.0.0.1",
      clock,
      onProblem: () => {},
    });
    const answer = await fetch(hanging.url);
    let isClosed = false;
    const closing = hanging.close().then(() => isClosed = true);
    await clock.advance(4_999);
    assertEquals(isClosed, false);
    await clock.advance(1);
    await closing;
    await answer.body?.cancel().catch(() => {});
  }));

Deno.test("an address in use, and a program that is not there, are told", () =>
  serving(async ({ server, file }) => {
    const port = Number(new URL(server.url).port);
    const options = {
      file,
      version: "1",
      hostname: "127.0.0.1",
      port,
      advertise: "h",
      clock: systemClock,
      onProblem: () => {},
    };
    const used = await assertRejects(() => serveProgram(options), MesoletError);
    assertEquals(used.message, `127.0.0.1:${port} is in use: give another address with --serve`);
    const missing = await assertRejects(() => serveProgram({ ...options, file: "/nowhere" }), MesoletError);
    assertMatch(missing.message, /^Cannot read the program \/nowhere: No such file/);
  }));
