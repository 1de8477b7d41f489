import { assertEquals } from "../support/assert.ts";
import { Play } from "./playing.ts";

/** Names for so many specs: `/d/0.yaml` names the pod `p0`. */
function many(count: number, directory = "/d", from = 0): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`${directory}/${from + index}.yaml`, `p${from + index}`]),
  );
}

Deno.test("a spec is read when it is first seen and when it changes, and otherwise not", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web" });
  assertEquals(play.pass(0), "web=a.yaml@1");
  for (const now of [1_000, 2_000, 3_000]) play.pass(now);
  assertEquals(play.reads, ["/d/a.yaml"]);
  play.write({ "/d/a.yaml": "web" });
  assertEquals(play.pass(4_000), "web=a.yaml@2");
  assertEquals(play.reads.length, 2);
});

Deno.test("an unchanged spec is the same object, pass by pass", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web", "/d/b.yaml": "api" });
  play.pass(0);
  const before = play.wanted?.pods.get("web");
  play.write({ "/d/b.yaml": "api" });
  play.pass(1_000);
  assertEquals(play.wanted?.pods.get("web") === before, true);
});

Deno.test("a bad version leaves the last good one, with the problem since when it is there", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web" });
  play.pass(0);
  play.write({ "/d/a.yaml": undefined });
  assertEquals(play.pass(1_000), "web=a.yaml@1");
  assertEquals(play.pass(2_000), "web=a.yaml@1");
  assertEquals(play.problems(), ["a.yaml web kept 1000: is wrong"]);
  play.write({ "/d/a.yaml": undefined });
  play.pass(3_000);
  assertEquals(play.problems(), ["a.yaml web kept 1000: is wrong"]);
  play.write({ "/d/a.yaml": "web" });
  assertEquals(play.pass(4_000), "web=a.yaml@4");
  assertEquals(play.problems(), []);
});

Deno.test("a spec that was never right runs nothing and is reported", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": undefined, "/d/b.yaml": "web" });
  assertEquals(play.pass(0), "web=b.yaml@2");
  assertEquals(play.problems(), ["a.yaml - not kept 0: is wrong"]);
});

Deno.test("a spec that is taken away stops its pod, a moment later", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web", "/d/b.yaml": "api" });
  play.pass(0);
  play.remove("/d/a.yaml");
  assertEquals([play.pass(1_000), play.lookAgainAt], ["api=b.yaml@2 web=a.yaml@1", 1_250]);
  assertEquals([play.pass(1_250), play.lookAgainAt], ["api=b.yaml@2", undefined]);
});

Deno.test("a spec that is put in its place again at once never stops its pod", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web" });
  play.pass(0);
  play.remove("/d/a.yaml");
  assertEquals(play.pass(1_000), "web=a.yaml@1");
  play.write({ "/d/a.yaml": "web" });
  assertEquals(play.settle(1_100), "web=a.yaml@2");
});

Deno.test("taken away and added again converges to the last state", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web" });
  play.pass(0);
  play.remove("/d/a.yaml");
  assertEquals(play.settle(1_000), "");
  play.write({ "/d/a.yaml": "web" });
  assertEquals(play.settle(1_300), "web=a.yaml@2");
});

Deno.test("a pod that names itself otherwise is the new one, and the old one goes", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web" });
  play.pass(0);
  play.write({ "/d/a.yaml": "shop" });
  assertEquals(play.pass(1_000), "shop=a.yaml@2 web=a.yaml@1");
  assertEquals(play.settle(1_100), "shop=a.yaml@2");
});

Deno.test("a renamed file adopts its pod, whichever order the parts of a rename are seen in", () => {
  const inOne = new Play();
  inOne.write({ "/d/a.yaml": "web" });
  inOne.pass(0);
  inOne.remove("/d/a.yaml");
  inOne.write({ "/d/b.yaml": "web" });
  assertEquals(inOne.pass(1_000), "web=b.yaml@2");
  assertEquals([inOne.problems(), inOne.lookAgainAt], [[], undefined]);

  const goneFirst = new Play();
  goneFirst.write({ "/d/a.yaml": "web" });
  goneFirst.pass(0);
  goneFirst.remove("/d/a.yaml");
  assertEquals(goneFirst.pass(1_000), "web=a.yaml@1");
  goneFirst.write({ "/d/b.yaml": "web" });
  assertEquals(goneFirst.pass(1_100), "web=b.yaml@2");

  const thereFirst = new Play();
  thereFirst.write({ "/d/a.yaml": "web" });
  thereFirst.pass(0);
  thereFirst.write({ "/d/b.yaml": "web" });
  assertEquals(thereFirst.pass(1_000), "web=a.yaml@1");
  thereFirst.remove("/d/a.yaml");
  assertEquals([thereFirst.pass(1_100), thereFirst.problems()], ["web=b.yaml@2", []]);
});

Deno.test("a spec that moves to another directory takes its pod with it", () => {
  const play = new Play({}, ["/d", "/e"]);
  play.write({ "/d/a.yaml": "web" });
  play.pass(0);
  play.remove("/d/a.yaml");
  play.write({ "/e/a.yaml": "web" });
  assertEquals(play.pass(1_000), "web=/e/a.yaml@2");
  assertEquals(play.wanted?.pods.get("web")?.directory, "/e");
});

Deno.test("two files with one name: the owner keeps it, both are reported", () => {
  const play = new Play();
  play.write({ "/d/b.yaml": "web" });
  play.pass(0);
  play.write({ "/d/a.yaml": "web" });
  assertEquals(play.pass(1_000), "web=b.yaml@1");
  assertEquals(play.problems(), [
    "a.yaml web not kept 1000: the pod web is that of /d/b.yaml already, which keeps it: give one of them another name",
    "b.yaml web kept 1000: /d/a.yaml names the pod web as well: this file keeps it; give one of them another name",
  ]);
  play.write({ "/d/b.yaml": "web" });
  assertEquals(play.pass(2_000), "web=b.yaml@3");
  play.write({ "/d/b.yaml": undefined });
  assertEquals(play.pass(3_000), "web=b.yaml@3");
  play.remove("/d/b.yaml");
  assertEquals([play.pass(4_000), play.problems()], ["web=a.yaml@2", []]);
});

Deno.test("at the start a name of two files belongs to the one that the running pod was made of, else to the first", () => {
  const first = new Play();
  first.write({ "/d/b.yaml": "web", "/d/a.yaml": "web" });
  assertEquals(first.pass(0), "web=a.yaml@2");

  const running = new Play();
  running.write({ "/d/b.yaml": "web", "/d/a.yaml": "web" });
  running.running = new Map([["web", ["/d/b.yaml"]]]);
  assertEquals(running.pass(0), "web=b.yaml@1");
});

Deno.test("a directory that cannot be read keeps its pods, however long", () => {
  const play = new Play({}, ["/d", "/e"]);
  play.write({ "/d/a.yaml": "web", "/e/b.yaml": "api" });
  play.pass(0);
  const content = play.directories.get("/d");
  play.directories.set("/d", undefined);
  play.remove("/e/b.yaml");
  play.settle(1_000);
  assertEquals(play.pass(3_600_000), "web=a.yaml@1");
  assertEquals(play.problems(), ["/d - kept 1000: cannot be read"]);
  assertEquals([...play.wanted?.directories ?? []], [["/d", "unreadable"], ["/e", "known"]]);
  play.directories.set("/d", content);
  assertEquals([play.pass(3_700_000), play.problems(), play.reads.length], ["web=a.yaml@1", [], 2]);
});

Deno.test("a pod that was on its way out when the directory was lost waits for the directory", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web" });
  play.pass(0);
  play.remove("/d/a.yaml");
  play.pass(1_000);
  play.directories.set("/d", undefined);
  assertEquals(play.pass(10_000), "web=a.yaml@1");
  play.directories.set("/d", new Map());
  assertEquals(play.pass(20_000), "web=a.yaml@1");
  assertEquals(play.settle(20_100), "");
});

Deno.test("a project that cannot be looked at keeps its pod", () => {
  const play = new Play();
  play.write({ "/d/shop": "shop" });
  play.pass(0);
  play.unclear.add("/d/shop");
  assertEquals(play.settle(10_000), "shop=shop@1");
  assertEquals(play.problems(), ["shop shop kept 10000: may not be read"]);
});

Deno.test("300 edits 100 ms apart: the first is read at once, then only the last", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web", "/d/b.yaml": "api" });
  play.pass(0);
  play.reads.length = 0;
  for (let edit = 0; edit < 300; edit++) {
    play.write({ "/d/a.yaml": "web" });
    play.pass(10_000 + 100 * edit);
  }
  assertEquals(play.reads, ["/d/a.yaml"]);
  assertEquals(play.settle(40_000), "api=b.yaml@2 web=a.yaml@302");
  assertEquals(play.reads.length, 2);
});

Deno.test("a restless spec delays no other", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web" });
  play.pass(0);
  play.write({ "/d/a.yaml": "web" });
  play.pass(100);
  play.write({ "/d/a.yaml": "web", "/d/b.yaml": "api" });
  assertEquals(play.pass(200), "api=b.yaml@4 web=a.yaml@1");
});

Deno.test("a spec that never stands still is read once a minute", () => {
  const play = new Play();
  for (let now = 0; now < 200_000; now += 100) {
    play.write({ "/d/a.yaml": "web" });
    play.pass(now);
  }
  assertEquals(play.reads.length, 4);
});

Deno.test("edits that are further apart than the quiet period are all read at once", () => {
  const play = new Play();
  for (let edit = 0; edit < 10; edit++) {
    play.write({ "/d/a.yaml": "web" });
    play.pass(300 * edit);
  }
  assertEquals(play.reads.length, 10);
});

Deno.test("a mass loss waits for a second look", () => {
  // How many pods there are, how many go, whether that is a loss to wait with.
  const table: readonly (readonly [number, number, boolean])[] = [
    [4, 4, false],
    [5, 5, true],
    [5, 4, false],
    [8, 5, true],
    [9, 5, true],
    [10, 5, false],
    [10, 6, true],
    [1_000, 500, false],
    [1_000, 501, true],
  ];
  for (const [count, lost, waits] of table) {
    const play = new Play();
    play.write(many(count));
    play.pass(0);
    play.remove(...Object.keys(many(lost)));
    play.pass(1_000);
    play.pass(1_250);
    assertEquals(play.wanted?.pods.size, waits ? count : count - lost, `${lost} of ${count}`);
    assertEquals(play.problems().length, waits ? 1 : 0);
    play.pass(6_000);
    assertEquals([play.wanted?.pods.size, play.problems()], [count - lost, []], `${lost} of ${count}`);
  }
});

Deno.test("a mass loss says what is waited for", () => {
  const play = new Play();
  play.write(many(6));
  play.pass(0);
  play.remove(...Object.keys(many(5)));
  play.pass(1_000);
  assertEquals([play.problems(), play.lookAgainAt], [[
    "/d - kept 1000: 5 of 6 pods have lost their specs at once: they run on until this has lasted for 5 s " +
    "(--allow-empty believes it at once)",
  ], 6_000]);
});

Deno.test("a mass loss that is put right costs nothing", () => {
  const play = new Play();
  play.write(many(8));
  play.pass(0);
  const before = play.pods();
  const content = play.directories.get("/d");
  play.directories.set("/d", new Map());
  play.pass(1_000);
  play.directories.set("/d", content);
  assertEquals([play.settle(5_000).split(" ").length, play.pods().length], [8, before.length]);
});

Deno.test("a loss in several looks is one loss", () => {
  const play = new Play();
  play.write(many(20));
  play.pass(0);
  for (let index = 0; index < 20; index++) {
    play.remove(`/d/${index}.yaml`);
    play.pass(1_000 + 10 * index);
  }
  play.pass(2_000);
  assertEquals(play.wanted?.pods.size, 20);
});

Deno.test("with --allow-empty a mass loss is like any other", () => {
  const play = new Play({ allowEmpty: true });
  play.write(many(8));
  play.pass(0);
  play.remove(...Object.keys(many(8)));
  play.pass(1_000);
  assertEquals([play.pass(1_250), play.problems()], ["", []]);
});

Deno.test("a directory that is emptied is a loss, however many pods the others have; so is one over all of them", () => {
  const one = new Play({}, ["/d", "/e"]);
  one.write({ ...many(5), ...many(20, "/e", 5) });
  one.pass(0);
  one.remove(...Object.keys(many(5)));
  one.pass(1_000);
  one.pass(2_000);
  assertEquals(one.wanted?.pods.size, 25);

  const all = new Play({}, ["/d", "/e"]);
  all.write({ ...many(4), ...many(4, "/e", 4) });
  all.pass(0);
  all.remove(...Object.keys(many(4)), ...Object.keys(many(4, "/e", 4)));
  all.pass(1_000);
  all.pass(2_000);
  assertEquals(all.wanted?.pods.size, 8);
});

Deno.test("a directory is unclear while a spec in it has never said which pod it is", () => {
  const play = new Play({}, ["/d", "/e"]);
  const directories = () => [...play.wanted?.directories ?? []].map((entry) => entry.join(" ")).join();
  play.write({ "/d/a.yaml": undefined, "/e/b.yaml": "web" });
  play.pass(0);
  assertEquals(directories(), "/d unclear,/e known");
  play.write({ "/d/a.yaml": "api" });
  play.pass(1_000);
  assertEquals(directories(), "/d known,/e known");
  play.write({ "/d/a.yaml": undefined });
  play.pass(2_000);
  assertEquals(directories(), "/d known,/e known");
  play.unclear.add("/e/shop");
  play.pass(3_000);
  assertEquals(directories(), "/d known,/e unclear");
});
