import { assertEquals } from "../support/assert.ts";
import { Play } from "./playing.ts";

Deno.test("renamed and broken in one: the pod runs on, which is told, until the new file says which pod it is", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web", "/d/z.yaml": "stays" });
  play.pass(0);
  play.remove("/d/a.yaml");
  play.write({ "/d/b.yaml": undefined });
  assertEquals(play.settle(60_000), "stays=z.yaml@2 web=a.yaml@1");
  assertEquals(play.pass(3_600_000), "stays=z.yaml@2 web=a.yaml@1");
  assertEquals(play.problems(), [
    "a.yaml web kept 60000: is gone, and /d/b.yaml has come, which has never been right and may be the same spec: " +
    "the pod web runs on until that one is right, or gone",
    "b.yaml - not kept 60000: is wrong",
  ]);
  play.write({ "/d/b.yaml": "web" });
  assertEquals([play.settle(3_700_000), play.problems()], ["stays=z.yaml@2 web=b.yaml@4", []]);
});

Deno.test("renamed and broken in one, in whichever order the parts are seen, and to another directory", () => {
  for (const [gone, came] of [[1_000, 1_000], [1_000, 1_200], [5_900, 1_000]] as const) {
    const play = new Play({}, ["/d", "/e"]);
    play.write({ "/d/a.yaml": "web" });
    play.pass(0);
    for (const now of [...new Set([gone, came])].sort((one, other) => one - other)) {
      if (now === gone) play.remove("/d/a.yaml");
      if (now === came) play.write({ "/e/b.yaml": undefined });
      play.pass(now);
    }
    assertEquals(play.settle(60_000), "web=a.yaml@1", `gone at ${gone}, came at ${came}`);
  }
});

Deno.test("renamed and unreadable in one: the pod runs on", () => {
  const play = new Play();
  play.write({ "/d/shop": "shop" });
  play.pass(0);
  play.remove("/d/shop");
  play.unclear.add("/d/store");
  assertEquals(play.settle(1_000), "shop=shop@1");
  play.unclear.clear();
  assertEquals(play.settle(10_000), "");
});

Deno.test("the new file turns out to be another pod, or goes: the pod goes a moment later, and not while it is replaced", () => {
  const other = new Play();
  other.write({ "/d/a.yaml": "web" });
  other.pass(0);
  other.remove("/d/a.yaml");
  other.write({ "/d/b.yaml": undefined });
  other.settle(1_000);
  other.write({ "/d/b.yaml": "api" });
  assertEquals(other.pass(10_000), "api=b.yaml@3 web=a.yaml@1");
  assertEquals(other.settle(10_000), "api=b.yaml@3");

  const saved = new Play();
  saved.write({ "/d/a.yaml": "web" });
  saved.pass(0);
  saved.remove("/d/a.yaml");
  saved.write({ "/d/b.yaml": undefined });
  saved.settle(1_000);
  saved.remove("/d/b.yaml");
  assertEquals(saved.pass(10_000), "web=a.yaml@1");
  saved.write({ "/d/b.yaml": undefined });
  assertEquals(saved.settle(10_100), "web=a.yaml@1");
  saved.remove("/d/b.yaml");
  assertEquals(saved.settle(20_000), "");
});

Deno.test("what was wrong for long keeps no pod whose spec is deleted, nor does a spec that was right once", () => {
  const play = new Play();
  play.write({ "/d/a.yaml": "web", "/d/b.yaml": undefined, "/d/c.yaml": "api" });
  play.pass(0);
  play.write({ "/d/c.yaml": undefined });
  play.remove("/d/a.yaml");
  assertEquals(play.settle(5_001), "api=c.yaml@3");
});
