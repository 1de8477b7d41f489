import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { Operating } from "./operating.ts";

const web = "  web: {image: busybox}\n";

Deno.test("a spec that is put there runs, and what is wrong with others is told beside it", async () => {
  await using operating = new Operating();
  const { specs } = operating;
  await operating.start();
  assertEquals(operating.operator.board.ready, true);
  await specs.put("shop", web);
  specs.problems = [{
    key: "/pods/bad.yaml",
    problem: {
      severity: "error",
      message: "services is missing",
      path: "",
      position: { file: "/pods/bad.yaml", line: 1, column: 1 },
    },
    keptVersion: false,
    since: 0,
  }];
  await operating.change();
  assertEquals(operating.phases, { shop: "running" });
  assertEquals(operating.entry("shop").file, "/pods/shop.yaml");
  assertEquals(operating.told(), [
    "/pods/bad.yaml:1:1: services is missing",
    "shop: container web started",
    "shop: runs",
  ]);
  specs.problems = [];
  await operating.change();
  assertEquals(operating.told(3), ["no spec is wrong any more: what was wrong is gone"]);
});

Deno.test("an edit replaces just what changed, and says what that is", async () => {
  await using operating = new Operating();
  const { specs, engine } = operating;
  await specs.put("web", "  api: {image: a}\n  cache: {image: c, environment: {A: 1}}\n");
  await operating.start();
  const before = operating.ids;
  const told = operating.told().length;
  await specs.put("web", "  api: {image: b}\n  cache: {image: c, environment: {A: 1}}\n");
  await operating.change();
  assertEquals(operating.told(told), ["web: container api replaced: image changed a → b"]);
  assert(operating.ids["web-api-1"] !== before["web-api-1"]);
  assertEquals(operating.ids["web-cache-1"], before["web-cache-1"]);
  const applied = engine.applied.length;
  await operating.change();
  assertEquals(engine.applied.length, applied);
});

Deno.test("an edit of what shares a namespace that is made anew is told as well", async () => {
  await using operating = new Operating();
  const { specs } = operating;
  const services = (image: string, command: string) =>
    `  api: {image: ${image}}\n  side: {image: s, network_mode: "service:api", command: [${command}]}\n`;
  await specs.put("web", services("a", "x"));
  await operating.start();
  const told = operating.told().length;
  const why = "web-api-1, whose namespaces or volumes it uses, is made anew";
  await specs.put("web", services("b", "y"));
  await operating.change();
  assertEquals(operating.told(told).sort(), [
    "web: container api replaced: image changed a → b",
    `web: container side replaced: command changed (${why})`,
  ]);
  await specs.put("web", services("c", "y"));
  await operating.change();
  assertEquals(operating.told(told + 2).sort(), [
    "web: container api replaced: image changed b → c",
    `web: container side replaced: ${why}`,
  ]);
});

Deno.test("a spec that is renamed is the same pod", async () => {
  await using operating = new Operating();
  const { specs, engine } = operating;
  await specs.put("shop", web);
  await operating.start();
  const [ids, applied] = [operating.ids, engine.applied.length];
  const told = operating.told().length;
  const spec = specs.pods.get("shop");
  assert(spec !== undefined);
  specs.pods.set("shop", { ...spec, key: "/pods/renamed.yaml", pod: { ...spec.pod } });
  await operating.change();
  assertEquals(operating.told(told), ["shop: its spec is /pods/renamed.yaml now"]);
  assertEquals(operating.entry("shop").file, "/pods/renamed.yaml");
  assertEquals(operating.ids, ids);
  assertEquals(engine.applied.length, applied);
});

Deno.test("a deleted spec stops its pod and removes it, with its grace", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  await specs.put("shop", web);
  await specs.put("stays", web);
  engine.behave("shop-web-1", { ignoresStop: true });
  await operating.start();
  const told = operating.told().length;
  specs.take("shop");
  await operating.change();
  assertEquals(operating.phases, { shop: "stopping", stays: "running" });
  await clock.advance(10_000);
  assertEquals(operating.phases, { stays: "running" });
  assertEquals(engine.names, ["stays-web-1"]);
  assertEquals(operating.told(told), [
    "shop: stops: its spec is gone",
    "shop: is removed: its spec is gone",
  ]);
});

Deno.test("deleted and added again while it stops: it converges to the last state", async (t) => {
  for (const end of ["there", "gone"] as const) {
    await t.step(end, async () => {
      await using operating = new Operating();
      const { specs, engine, clock } = operating;
      await specs.put("shop", web);
      engine.behave("shop-web-1", { ignoresStop: true });
      await operating.start();
      const spec = specs.pods.get("shop");
      assert(spec !== undefined);
      const id = engine.idOf("shop-web-1");
      for (let round = 0; round < 3; round++) {
        specs.take("shop");
        await operating.change();
        await clock.advance(1_000);
        // The very same version: moved away, and back.
        specs.pods.set("shop", spec);
        await operating.change();
        await clock.advance(1_000);
      }
      if (end === "gone") {
        specs.take("shop");
        await operating.change();
      }
      assertEquals(engine.applied.filter((step) => step === "kill shop-web-1"), []);
      await clock.advance(20_000);
      assertEquals(engine.names, end === "there" ? ["shop-web-1"] : []);
      if (end === "there") {
        assertEquals(operating.phases, { shop: "running" });
        assert(engine.idOf("shop-web-1") !== id);
      }
    });
  }
});

Deno.test("300 edits 100 ms apart: the last one runs, and never two at once", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  await specs.put("shop", web);
  await operating.start();
  let most = 0;
  for (let edit = 1; edit <= 300; edit++) {
    await specs.put("shop", `  web: {image: busybox, environment: {EDIT: "${edit}"}}\n`);
    await operating.change();
    await clock.advance(100);
    const running = engine.names.filter((name) => engine.state(name) === "running");
    most = Math.max(most, running.length);
  }
  await clock.advance(60_000);
  assertEquals(most, 1);
  assertEquals(engine.names, ["shop-web-1"]);
  assertEquals(engine.environmentOf("shop-web-1")["EDIT"], "300");
  assertEquals(operating.phases, { shop: "running" });
});

Deno.test("what runs is adopted by the next operator without a change: 20 pods, ids and starts stay", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  for (let pod = 1; pod <= 20; pod++) {
    await specs.put(`pod-${pod}`, "  a: {image: busybox}\n  b: {image: c}\n");
  }
  await operating.start();
  const ids = operating.ids;
  const applied = engine.applied.length;
  for (let round = 0; round < 3; round++) {
    await operating.stop();
    assertEquals(operating.exitCode, 0);
    await clock.advance(7_777);
    await operating.start();
    assertEquals(operating.operator.board.ready, true);
    assertStringIncludes(operating.told().join("\n"), "pod-1: adopted: 2 containers run");
    assertEquals(new Set(Object.values(operating.phases)), new Set(["running"]));
  }
  assertEquals(operating.ids, ids);
  assertEquals(engine.applied.length, applied);
});

Deno.test("an operator of a newer hash schema adopts what one of an older made, and restarts nothing", async () => {
  await using operating = new Operating();
  const { specs, engine } = operating;
  await specs.put("shop", web);
  await operating.start();
  const [id, applied] = [engine.idOf("shop-web-1"), engine.applied.length];
  await operating.stop();
  engine.relabel("shop-web-1", "io.mesolet.hash", "2:of-another-schema");
  await operating.start();
  assertEquals(operating.phases, { shop: "running" });
  assertEquals(engine.idOf("shop-web-1"), id);
  assertEquals(engine.applied.length, applied);
  // What changes from then on is a change all the same, once.
  await specs.put("shop", "  web: {image: busybox, environment: {NEW: a}}\n");
  await operating.change();
  await operating.clock.advance(15_000);
  const replaced = engine.idOf("shop-web-1");
  assert(replaced !== id);
  assertEquals(engine.environmentOf("shop-web-1")["NEW"], "a");
  await operating.clock.advance(60_000);
  assertEquals(engine.idOf("shop-web-1"), replaced);
});

Deno.test("a later operator goes on with the back-off where the one before was killed", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  await specs.put("shop", "  web: {image: busybox, restart: always}\n");
  await operating.start();
  for (const pause of [10_000, 20_000, 40_000]) {
    engine.exit("shop-web-1", 1);
    await clock.advance(pause);
  }
  engine.exit("shop-web-1", 1);
  await clock.advance(1_000);
  assertEquals(
    operating.container("shop", "web").reason,
    "exited with code 1 (restarting in 80 s, 4th time)",
  );
  await operating.stop();
  await clock.advance(9_000);
  await operating.start();
  const { restarts, reason } = operating.container("shop", "web");
  assertEquals({ restarts, reason }, {
    restarts: 3,
    reason: "exited with code 1 (restarting in 70 s, 4th time)",
  });
});

Deno.test("healing: by policy, made again when removed, and all at once after the engine", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  await specs.put("shop", "  web: {image: busybox, restart: always}\n");
  await specs.put("other", "  web: {image: busybox, restart: always}\n");
  await operating.start();
  const told = operating.told().length;
  engine.exit("shop-web-1", 3);
  await clock.advance(10_000);
  assertEquals(operating.told(told), [
    "shop: container web exited with code 3 (restarting in 10 s, 1st time)",
    "shop: container web started again (1 time so far)",
  ]);
  const before = engine.idOf("shop-web-1");
  engine.removeByHand("shop-web-1");
  await clock.advance(5_000);
  assert(engine.idOf("shop-web-1") !== before);
  assertStringIncludes(operating.told(told).join("\n"), "shop: container web made again: it is not there");
  engine.goDown({ containersExitWith: 137 });
  await clock.advance(5_000);
  assertEquals(operating.phases, { shop: "running", other: "running" });
  engine.comeUp({ forgetful: true });
  await clock.advance(15_000);
  assertEquals(operating.container("shop", "web").state, "running");
  assertEquals(operating.container("other", "web").state, "running");
  assertEquals(operating.container("other", "web").restarts, 0);
});

Deno.test("a container made by hand with labels of a pod confuses nothing", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  await specs.put("shop", web);
  await operating.start();
  const id = engine.idOf("shop-web-1");
  engine.put({ name: "by-hand", labels: { "io.mesolet.pod": "shop" } });
  engine.put({
    name: "twin",
    labels: { "io.mesolet.pod": "shop", "io.mesolet.container": "web", "io.mesolet.number": "1" },
  });
  engine.put({ name: "stranger", labels: { "io.mesolet.pod": "nobody" } });
  await clock.advance(130_000);
  assertEquals(operating.phases, { shop: "running" });
  assertEquals(engine.idOf("shop-web-1"), id);
  assertEquals(engine.state("stranger"), "running");
  engine.exit("by-hand", 1);
  await clock.advance(1_000);
  assertEquals(operating.phases, { shop: "running" });
});

Deno.test("SIGTERM leaves the pods, --stop-pods takes them down, a second signal kills, a third leaves", async (t) => {
  await t.step("left", async () => {
    await using operating = new Operating();
    await operating.specs.put("shop", web);
    await operating.start();
    await operating.stop();
    assertEquals(operating.exitCode, 0);
    assertEquals(operating.engine.state("shop-web-1"), "running");
    assertEquals(operating.told().at(-1), "ends, and its pods go on");
    assertEquals(operating.clock.sleeping, 0);
    assertEquals(operating.engine.openStreams, 0);
  });
  await t.step("stopped", async () => {
    await using operating = new Operating();
    await operating.specs.put("shop", web);
    await operating.specs.put("other", web);
    await operating.start();
    await operating.stop("stop-pods");
    assertEquals(operating.exitCode, 0);
    assertEquals(operating.engine.names, []);
    assertEquals(operating.clock.sleeping, 0);
  });
  await t.step("killed", async () => {
    await using operating = new Operating();
    operating.engine.behave("shop-web-1", { ignoresStop: true });
    await operating.specs.put("shop", web);
    await operating.start();
    await operating.stop("stop-pods");
    assertEquals(operating.exitCode, undefined);
    // A long stop is no loop that stands still.
    const before = operating.operator.board.lastProgress;
    await operating.clock.advance(5_000);
    assertEquals(operating.operator.board.lastProgress, before + 5_000);
    operating.operator.killNow();
    await operating.clock.advance(1_000);
    assertEquals(operating.exitCode, 0);
    assertEquals(operating.engine.names, []);
  });
});

Deno.test("a pod that hangs in a pull, or in a call, delays no other", async (t) => {
  for (const hang of ["pull slow", "create stuck-web-1"]) {
    await t.step(hang, async () => {
      await using operating = new Operating();
      const { specs, engine } = operating;
      engine.missingImages.add("slow");
      engine.hang(hang);
      for (const name of ["stuck", "zebra", "yak"]) await specs.put(name, web);
      await specs.put("stuck", "  web: {image: slow}\n");
      await operating.start({ parallel: 2 });
      const { stuck, ...others } = operating.phases;
      assertEquals(others, { yak: "running", zebra: "running" });
      assert(stuck !== "running");
    });
  }
});

Deno.test("so many pods change something at one time as --parallel allows, in turn", async () => {
  await using operating = new Operating();
  const { specs, engine } = operating;
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) await specs.put(name, web);
  for (const name of ["a", "b"]) engine.hang(`create ${name}-web-1`);
  await operating.start({ parallel: 2 });
  assertEquals(engine.names, []);
  engine.heal("create c-web-1");
  assertEquals(engine.applied.filter((step) => step.startsWith("create")).length, 2);
  // One of them is not wanted any more: its seat goes to those who wait.
  specs.take("a");
  await operating.change();
  await operating.clock.advance(3_000);
  assertEquals(engine.names, ["c-web-1", "d-web-1", "e-web-1"]);
});

Deno.test("orphans of this directory are removed, and others never touched", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  await specs.put("old", web);
  await specs.put("stays", web);
  await operating.start();
  await operating.stop();
  specs.take("old");
  const label = "io.mesolet.operator.directory";
  engine.put({ name: "else", labels: { "io.mesolet.pod": "else", [label]: "/elsewhere" } });
  engine.put({ name: "plain", labels: { "io.mesolet.pod": "plain" } });
  await operating.start();
  assertEquals(engine.state("old-web-1"), "running");
  await clock.advance(1_000);
  assertEquals(engine.names, ["else", "plain", "stays-web-1"]);
  assertStringIncludes(operating.told().join("\n"), "old: is removed: its spec is gone");
});

Deno.test("it is ready when a directory was believed and each of its pods looked at", async () => {
  await using operating = new Operating();
  const { specs, engine } = operating;
  await specs.put("shop", web);
  specs.state = "unreadable";
  engine.goDown();
  await operating.start();
  const { board } = operating.operator;
  assertEquals(board.ready, false);
  assertStringIncludes(operating.told().join("\n"), "waiting for the engine: ");
  engine.comeUp({ forgetful: false });
  await operating.clock.advance(1_000);
  assertEquals(operating.phases, { shop: "running" });
  assertEquals(board.ready, false);
  specs.state = "known";
  await operating.change();
  assertEquals(board.ready, true);
});

Deno.test("the loop shows that it goes on, and no longer when a look at the specs hangs", async () => {
  await using operating = new Operating();
  const { clock, specs } = operating;
  await operating.start();
  const { board } = operating.operator;
  await clock.advance(60_000);
  assert(clock.elapsed() - board.lastProgress <= 5_000);
  specs.hangs = true;
  await clock.advance(60_000);
  assert(clock.elapsed() - board.lastProgress >= 60_000);
});

Deno.test("SIGHUP looks at all specs anew", async () => {
  await using operating = new Operating();
  await operating.start();
  const { looks } = operating.specs;
  operating.operator.rescan();
  await operating.clock.settle();
  assertEquals(operating.specs.looks, looks + 1);
});

Deno.test("a pass over many pods with nothing to do is one list, and nothing else", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  for (let pod = 0; pod < 100; pod++) await specs.put(`pod-${pod}`, web);
  await clock.advance(13_000);
  await operating.start({ bounds: { listWindow: 5 } });
  await clock.advance(1_000);
  assertEquals(new Set(Object.values(operating.phases)), new Set(["running"]));
  assertEquals(engine.openStreams, 1);
  await clock.advance(60_000);
  const before = { lists: engine.lists, inspections: engine.inspections, applied: engine.applied.length };
  await clock.advance(60_000);
  assertEquals({ lists: engine.lists, inspections: engine.inspections, applied: engine.applied.length }, {
    ...before,
    lists: before.lists + 1,
  });
});

Deno.test("a hundred pods are adopted with one list together", async () => {
  await using operating = new Operating();
  const { specs, engine } = operating;
  for (let pod = 0; pod < 100; pod++) await specs.put(`pod-${pod}`, web);
  await operating.start();
  await operating.stop();
  const { lists, applied } = engine;
  const changes = applied.length;
  await operating.start();
  assertEquals(engine.lists - lists, 1);
  assertEquals(engine.applied.length, changes);
  assertEquals(engine.openStreams, 1);
});

Deno.test("a pod that has ended goes on again when its spec changes, and is removed with it", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  await specs.put("job", "  run: {image: a}\n");
  await operating.start();
  engine.exit("job-run-1", 3);
  await clock.settle();
  assertEquals(operating.phases, { job: "failed" });
  await clock.advance(120_000);
  assertEquals(operating.phases, { job: "failed" });
  await specs.put("job", "  run: {image: b}\n");
  await operating.change();
  assertEquals(operating.phases, { job: "running" });
  engine.exit("job-run-1", 0);
  await clock.settle();
  assertEquals(operating.phases, { job: "succeeded" });
  specs.take("job");
  await operating.change();
  assertEquals(operating.phases, {});
  assertEquals(engine.names, []);
});

Deno.test("a pod that cannot be launched is tried again, and told of", async () => {
  await using operating = new Operating();
  const { specs, engine, clock } = operating;
  await specs.put("shop", web);
  engine.fail("create shop-web-1", "no space left");
  await operating.start();
  assertEquals(operating.entry("shop").status.reasonCode, "create-failed");
  assertStringIncludes(operating.told().join("\n"), "no space left");
  engine.heal("create shop-web-1");
  await clock.advance(10_000);
  assertEquals(operating.phases, { shop: "running" });
});
