import { MesoletError } from "../../src/pod/errors.ts";
import { lockOperator, lockPlace } from "../../src/operator/operator_lock.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";

const module = new URL("../../src/operator/operator_lock.ts", import.meta.url).href;

/** A process of its own that holds the lock of `/pods` on engine `e`. */
function holder(place: string): Deno.ChildProcess {
  const program = `
    const { lockOperator } = await import(${JSON.stringify(module)});
    lockOperator({ place: ${JSON.stringify(place)}, engine: "e", directories: ["/pods"] });
    Deno.writeTextFileSync(${JSON.stringify(`${place}/held`)}, "");
    setInterval(() => {}, 1000);
  `;
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", "--node-modules-dir=manual", program],
    cwd: new URL("../../", import.meta.url).pathname,
    stdout: "null",
    stderr: "inherit",
  }).spawn();
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("a second operator of a directory is refused with the first one's pid, also after a kill -9 it is free", async () => {
  const place = await Deno.makeTempDir();
  const request = { place, engine: "e", directories: ["/other", "/pods"] };
  const first = holder(place);
  try {
    await waitUntil("the lock is held", () => exists(`${place}/held`));
    const error = assertThrows(() => lockOperator(request), MesoletError);
    assertStringIncludes(
      error.message,
      `keeps the pods of /pods on this engine: process ${first.pid}. Stop it first`,
    );
    assertEquals(error.exitCode, 75);
    // Another directory, and another engine, are nobody's yet; what was locked before the refusal is free again.
    lockOperator({ ...request, directories: ["/other"] }).release();
    lockOperator({ ...request, engine: "f" }).release();
    first.kill("SIGKILL");
    await first.status;
    const lock = lockOperator(request);
    assertThrows(() => lockOperator(request), MesoletError);
    lock.release();
    lockOperator(request).release();
    assertEquals([...Deno.readDirSync(place)].map(({ name }) => name), ["held"]);
  } finally {
    try {
      first.kill("SIGKILL");
    } catch {
      // It is dead already.
    }
    await first.status;
    await Deno.remove(place, { recursive: true });
  }
});

Deno.test("a lock that cannot be made says where", () => {
  const error = assertThrows(
    () => lockOperator({ place: "/proc/nowhere", engine: "e", directories: ["/pods"] }),
    MesoletError,
  );
  assertStringIncludes(error.message, "Cannot make the lock /proc/nowhere/");
});

Deno.test("locks of one user are in one place, however the operator was started", () => {
  assertEquals(lockPlace({ XDG_RUNTIME_DIR: "/run/user/0" }, 0), "/run/mesolet");
  assertEquals(lockPlace({ XDG_RUNTIME_DIR: "/run/user/7" }, 7), "/run/user/7/mesolet");
  assertEquals(lockPlace({}, 7), "/tmp/mesolet-7");
});
