/// <reference types="../../../../types/node/sqlite.d.ts" />
import type { StoreChange, TaskRecord } from "../../../../src/mesos/framework/cluster/records.ts";
import { openSqliteStore, StoreError } from "../../../../src/mesos/framework/store/sqlite_store.ts";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "../../../support/assert.ts";
import { waitUntil } from "../../../support/wait.ts";

function task(id: string): TaskRecord {
  const agent = {
    id: "a",
    hostname: "a.example",
    zone: "z",
    region: "r",
    attributes: [["rack", ["r1"]]],
  } as const;
  return {
    id,
    pod: "web",
    slot: 0,
    version: "v1",
    role: "mesolet",
    executorId: id,
    agent,
    ports: [31000],
    phase: "intended",
    intendedAt: 1,
    state: "TASK_STAGING",
  };
}

async function inDirectory(work: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-store-" });
  try {
    await work(`${directory}/state/framework.db`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("store: what is written is there again, as it was", () =>
  inDirectory(async (path) => {
    const { store } = await openSqliteStore(path);
    assertEquals([store.frameworkId, store.read()], [undefined, { isWhole: false, tasks: [], pods: [] }]);
    store.setFramework("f-1");
    const pod = {
      name: "web",
      slots: [{ slot: 0, version: "v1", failures: 1, notBefore: 9, why: "it failed" }],
    };
    store.write([
      { kind: "whole" },
      { kind: "put-task", task: task("one") },
      { kind: "put-task", task: task("two") },
      { kind: "put-pod", pod },
    ]);
    store.write([{ kind: "remove-task", id: "two" }, {
      kind: "put-task",
      task: { ...task("one"), healthy: true },
    }]);
    store.close();
    const again = (await openSqliteStore(path)).store;
    assertEquals(again.frameworkId, "f-1");
    assertEquals(again.read(), { isWhole: true, tasks: [{ ...task("one"), healthy: true }], pods: [pod] });
    // Another id is another framework: what is here is not all of it.
    again.setFramework("f-2");
    assertEquals(again.read().isWhole, false);
    again.forget();
    assertEquals([again.frameworkId, again.read().tasks], [undefined, []]);
    again.close();
  }));

Deno.test("store: changes are written together, or not at all", () =>
  inDirectory(async (path) => {
    const { store } = await openSqliteStore(path);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const changes = [
      { kind: "put-task", task: task("one") },
      { kind: "put-pod", pod: circle } as unknown as StoreChange,
    ] as const;
    assertThrows(() => store.write(changes), TypeError);
    assertEquals(store.read().tasks, []);
    store.close();
  }));

Deno.test("store: only one process may have it", () =>
  inDirectory(async (path) => {
    const { store } = await openSqliteStore(path);
    store.setFramework("f");
    const error = await assertRejects(() => openSqliteStore(path), StoreError);
    assertMatch(error.message, /is in use: another operator of this framework runs on this host$/);
    store.close();
    (await openSqliteStore(path)).store.close();
  }));

Deno.test("store: of a newer program it is left alone", () =>
  inDirectory(async (path) => {
    (await openSqliteStore(path)).store.close();
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(path);
    database.exec("pragma user_version = 2");
    database.close();
    const error = await assertRejects(() => openSqliteStore(path), StoreError);
    assertMatch(
      error.message,
      /was written by a newer version of mesolet: use that one, or name another file by --state$/,
    );
  }));

Deno.test("store: a damaged one is put aside", async (t) => {
  const damages: Record<string, (path: string) => Promise<void>> = {
    "no database at all": (path) => Deno.writeTextFile(path, "hello ".repeat(1_000)),
    "a page that was overwritten": async (path) => {
      const bytes = await Deno.readFile(path);
      bytes.fill(0xff, 4096);
      await Deno.writeFile(path, bytes);
    },
    "a record that is cut off": async (path) => {
      const { DatabaseSync } = await import("node:sqlite");
      const database = new DatabaseSync(path);
      database.exec("update task set record = substr(record, 1, 20)");
      database.close();
    },
  };
  for (const [what, damage] of Object.entries(damages)) {
    await t.step(what, () =>
      inDirectory(async (path) => {
        const { store } = await openSqliteStore(path);
        store.setFramework("f");
        store.write([{ kind: "put-task", task: task("one") }]);
        store.close();
        await damage(path);
        const opened = await openSqliteStore(path);
        assertEquals(opened.setAside, `${path}.damaged`);
        assertEquals(opened.store.read(), { isWhole: false, tasks: [], pods: [] });
        opened.store.close();
        await Deno.stat(`${path}.damaged`);
      }));
  }
});

Deno.test("store: what was written before a kill -9 is there", () =>
  inDirectory(async (path) => {
    const writer = `
      const { openSqliteStore } = await import(${
      JSON.stringify(new URL("../../../../src/mesos/framework/store/sqlite_store.ts", import.meta.url).href)
    });
      const { store } = await openSqliteStore(${JSON.stringify(path)});
      for (let number = 0;; number++) {
        store.write([{ kind: "put-task", task: { id: String(number) } }]);
        console.log(number);
      }
    `;
    for (let round = 0; round < 3; round++) {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-check", writer],
        stdout: "piped",
        stderr: "inherit",
        stdin: "null",
      }).spawn();
      let text = "";
      const reading = child.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
        new WritableStream({ write: (chunk) => void (text += chunk) }),
      );
      await waitUntil("it has written something", () => text.split("\n").length > 20);
      child.kill("SIGKILL");
      await reading;
      await child.status;
      const last = Number(text.trimEnd().split("\n").at(-1));
      const { store } = await openSqliteStore(path);
      const ids = new Set(store.read().tasks.map(({ id }) => id));
      for (let number = 0; number <= last; number++) assertEquals(ids.has(String(number)), true);
      store.close();
    }
  }));
