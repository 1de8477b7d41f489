import { assertEquals } from "../support/assert.ts";
import { Play } from "./playing.ts";

function mounted(): Play {
  const play = new Play();
  play.devices.set("/d", "disk");
  play.write({ "/d/a.yaml": "web", "/d/b.yaml": "api" });
  play.pass(0);
  play.directories.set("/d", new Map());
  return play;
}

Deno.test("a directory that is empty since its file system is gone takes nothing with it", () => {
  const play = mounted();
  play.devices.set("/d", "root");
  assertEquals(play.settle(60_000), "api=b.yaml@2 web=a.yaml@1");
  assertEquals(play.problems(), [
    "/d - kept 60000: is on another file system than before, and empty: what runs of it is left alone",
  ]);
  assertEquals([...play.wanted?.directories ?? []], [["/d", "unreadable"]]);
  play.devices.set("/d", "disk");
  play.write({ "/d/a.yaml": "web" });
  assertEquals([play.settle(70_000), play.problems()], ["web=a.yaml@3", []]);
});

Deno.test("another file system with specs counts, and so does an empty directory on the same one", () => {
  const other = mounted();
  other.devices.set("/d", "root");
  other.write({ "/d/a.yaml": "web" });
  assertEquals(other.settle(60_000), "web=a.yaml@3");

  const emptied = mounted();
  assertEquals(emptied.settle(60_000), "");
});

Deno.test("a directory that was replaced by an empty one keeps even a single pod for a second look", () => {
  const replaced = (allowEmpty: boolean) => {
    const play = new Play({ allowEmpty });
    play.identities.set("/d", "1");
    play.write({ "/d/a.yaml": "web" });
    play.pass(0);
    play.directories.set("/d", new Map());
    play.identities.set("/d", "2");
    return play;
  };
  const play = replaced(false);
  assertEquals([play.pass(1_000), play.pass(5_999)], ["web=a.yaml@1", "web=a.yaml@1"]);
  assertEquals(play.problems(), [
    "/d - kept 1000: 1 of 1 pods have lost their specs at once: they run on until this has lasted for 5 s " +
    "(--allow-empty believes it at once)",
  ]);
  assertEquals([play.pass(6_000), play.problems()], ["", []]);

  // What comes into the new one in time is what was in the old one.
  const filled = replaced(false);
  filled.pass(1_000);
  filled.write({ "/d/a.yaml": "web" });
  assertEquals([filled.settle(4_000), filled.problems()], ["web=a.yaml@2", []]);

  const believed = replaced(true);
  believed.pass(1_000);
  assertEquals(believed.pass(1_250), "");
});
