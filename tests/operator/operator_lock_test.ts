import { MesoletError } from "../../src/pod/errors.ts";
import { lockOperator, lockPathOf, lockPlace } from "../../src/operator/operator_lock.ts";
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

Deno.test("an operator of a project, and one of the directory that it lies in, do not keep its pod both", async () => {
  const place = await Deno.makeTempDir();
  try {
    const pods = Deno.realPathSync(place);
    const [shop, plain] = [`${pods}/shop`, `${pods}/plain`];
    for (const directory of [shop, plain]) Deno.mkdirSync(directory);
    Deno.writeTextFileSync(`${shop}/compose.yaml`, "");
    Deno.symlinkSync(shop, `${plain}/linked`);
    const request = (...directories: string[]) => ({ place: `${pods}/.locks`, engine: place, directories });
    for (const [first, second] of [[pods, shop], [shop, pods], [shop, plain]] as const) {
      const lock = lockOperator(request(first));
      const error = assertThrows(() => lockOperator(request(second)), MesoletError);
      assertEquals(
        error.message,
        `Another operator has ${first}, and with it a pod of ${second}, on this engine: process ${Deno.pid}. ` +
          "Stop it first, or watch another directory",
      );
      assertEquals(error.exitCode, 75);
      lock.release();
    }
    // What is no project is nobody's pod, one operator may have both, and another engine is another matter.
    const lock = lockOperator(request(pods, shop));
    lockOperator({ ...request(shop), engine: "f" }).release();
    lock.release();
    const outer = lockOperator(request(pods));
    lockOperator(request(plain)).release();
    outer.release();
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});

Deno.test("a lock on a full disk is a lock, of nobody knows whom", async () => {
  const place = await Deno.makeTempDir();
  try {
    const request = { place, engine: place, directories: ["/pods"] };
    Deno.symlinkSync("/dev/full", lockPathOf(place, place, "/pods"));
    const lock = lockOperator(request);
    lock.announce("http://127.0.0.1:1/");
    assertThrows(() => lockOperator(request), MesoletError, "of /pods on this engine. Stop it first");
    lock.release();
    lockOperator(request).release();
  } finally {
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

Deno.test("the operator of another user, who has other locks, is seen all the same, and told by its process", async () => {
  const [place, others] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  const request = { place, engine: place, directories: ["/pods"] };
  const theirs = lockOperator({ ...request, place: others });
  try {
    const error = assertThrows(() => lockOperator(request), MesoletError);
    assertStringIncludes(
      error.message,
      `keeps the pods of /pods on this engine: process ${Deno.pid}. Stop it`,
    );
    assertEquals(error.exitCode, 75);
    assertEquals([...Deno.readDirSync(place)], []);
    theirs.release();
    lockOperator(request).release();
  } finally {
    theirs.release();
    for (const path of [place, others]) await Deno.remove(path, { recursive: true });
  }
});

Deno.test("a directory has one operator, by whatever link it is reached", async () => {
  const place = await Deno.makeTempDir();
  try {
    Deno.mkdirSync(`${place}/pods`);
    Deno.symlinkSync("pods", `${place}/link`);
    const first = lockOperator({ place, engine: place, directories: [`${place}/link`] });
    const request = { place, engine: place, directories: [`${place}/pods`] };
    assertThrows(() => lockOperator(request), MesoletError, "Another operator keeps the pods of");
    first.release();
    lockOperator(request).release();
  } finally {
    await Deno.remove(place, { recursive: true });
  }
});
