import type { LogPiece } from "../../../src/docker/engine.ts";
import { ContainerLog } from "../../../src/mesos/executor/container_log.ts";
import { sinceOf } from "../../../src/mesos/executor/log_position.ts";
import { SandboxFileError } from "../../../src/mesos/executor/rotated_file.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-logs-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const encoder = new TextEncoder();

function timeAt(milliseconds: number): string {
  return new Date(Date.UTC(2026, 0, 1) + milliseconds).toISOString().replace("Z", "000000Z");
}

function piece(text: string, milliseconds: number, stream: LogPiece["stream"] = "stdout"): LogPiece {
  return { stream, time: timeAt(milliseconds), bytes: encoder.encode(text) };
}

/** The whole of a rotated file, the oldest first. */
async function wholeOf(path: string): Promise<string> {
  const names = [path];
  // A file that was moved aside, and back after a kill, leaves a gap until the next one is moved aside.
  for (let number = 1; number < 100; number++) {
    const name = `${path}.${number}`;
    if (await Deno.stat(name).then(() => true, () => false)) names.unshift(name);
  }
  return (await Promise.all(names.map((name) => Deno.readTextFile(name)))).join("");
}

const container = { id: "0123456789ab", name: "web-1" };

Deno.test("a log is moved aside before it becomes larger than it may, whole lines each, and the oldest goes", async () => {
  await inDirectory(async (directory) => {
    const log = new ContainerLog(directory, container, { maximumBytes: 10, files: 3 });
    await log.open();
    const lines = [
      "aaaa\n",
      "bbbb\n",
      "cccc\n",
      "dd",
      "dddddddddd",
      "d\n",
      "eeee\n",
      "ffffffffffffffff\n",
      "g\n",
    ];
    await log.write(lines.map((text, index) => piece(text, index)));
    await log.close();
    const read = (name: string) => Deno.readTextFile(`${directory}/${name}`);
    assertEquals(await read("web-1.stdout"), "g\n");
    assertEquals(await read("web-1.stdout.1"), "ffffffffffffffff\n");
    assertEquals(await read("web-1.stdout.2"), "eeee\n");
    const names = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
    assertEquals(names, [
      ".web-1.position",
      "web-1.stderr",
      "web-1.stdout",
      "web-1.stdout.1",
      "web-1.stdout.2",
    ]);
  });
});

Deno.test("one file alone is begun anew when it is full", async () => {
  await inDirectory(async (directory) => {
    const log = new ContainerLog(directory, container, { maximumBytes: 4, files: 1 });
    await log.open();
    await log.write([piece("aaa\n", 0), piece("bbb\n", 1)]);
    await log.close();
    assertEquals(await wholeOf(`${directory}/web-1.stdout`), "bbb\n");
  });
});

Deno.test("a later container of the same name goes on behind the former", async () => {
  await inDirectory(async (directory) => {
    const bounds = { maximumBytes: 1000, files: 2 };
    for (const id of ["first", "second"]) {
      const log = new ContainerLog(directory, { id, name: "web-1" }, bounds);
      await log.open();
      await log.write([piece(`${id}\n`, 0)]);
      await log.close();
    }
    assertEquals(await wholeOf(`${directory}/web-1.stdout`), "first\nsecond\n");
  });
});

/** Random numbers that are the same each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

Deno.test("a log that is killed at any moment and opened again lacks nothing and repeats nothing", async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomFrom(seed);
    // Parts of a line have the same time; streams of the same container differ by a little.
    let now = 0;
    const engine = Array.from({ length: 200 }, (_, index) => {
      if (random() < 0.7) now += Math.floor(random() * 5000);
      const stream = random() < 0.3 ? "stderr" as const : "stdout" as const;
      return piece(`${seed}/${index}${random() < 0.8 ? "\n" : ""}`, now, stream);
    });
    const expected = (stream: LogPiece["stream"]) =>
      engine.filter((one) => one.stream === stream).map(({ bytes }) => new TextDecoder().decode(bytes)).join(
        "",
      );
    await inDirectory(async (directory) => {
      const bounds = { maximumBytes: 100, files: 100 };
      for (let crashes = 0, written = 0; written < engine.length; crashes++) {
        const log = new ContainerLog(directory, container, bounds);
        await log.open();
        const since = sinceOf(log.position) ?? 0;
        const known = engine.filter(({ time }) => Date.parse(time) >= since);
        let offset = 0;
        // It is killed after some pieces, unless it has had its share of that.
        const life = crashes > 20 ? Infinity : Math.floor(random() * 60);
        while (offset < known.length && offset < life) {
          const size = 1 + Math.floor(random() * 10);
          await log.write(known.slice(offset, offset + size));
          offset += size;
          if (random() < 0.3) await log.note();
        }
        if (offset >= known.length) {
          written = engine.length;
          await log.close();
        } else {
          // As a kill leaves it: open, not noted, and with a write that was under way.
          await Deno.writeTextFile(`${directory}/web-1.stdout`, "half a wr", { append: true });
          const { size } = await Deno.stat(`${directory}/web-1.stdout`);
          leaked.push(log);
          assertEquals(size > 0, true);
        }
      }
      assertEquals(await wholeOf(`${directory}/web-1.stdout`), expected("stdout"), `seed ${seed}`);
      assertEquals(await wholeOf(`${directory}/web-1.stderr`), expected("stderr"), `seed ${seed}`);
      for (const log of leaked.splice(0)) await log.close().catch(() => {});
    });
  }
});

/** Logs of "killed" writers: their files are closed when all is compared, so that the test leaves none open. */
const leaked: ContainerLog[] = [];

Deno.test("nothing is written through a link that a container has put there", async () => {
  await inDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/precious`, "precious");
    await Deno.mkdir(`${directory}/logs`);
    await Deno.symlink(`${directory}/precious`, `${directory}/logs/web-1.stderr`);
    await Deno.symlink(`${directory}/precious`, `${directory}/logs/.web-1.position.new`);
    const log = new ContainerLog(`${directory}/logs`, container, { maximumBytes: 1, files: 2 });
    await assertRejects(() => log.open(), SandboxFileError, "no plain file");
    await Deno.remove(`${directory}/logs/web-1.stderr`);
    await log.open();
    await log.write([piece("a\n", 0)]);
    await log.close();
    assertEquals(await Deno.readTextFile(`${directory}/precious`), "precious");
  });
});
