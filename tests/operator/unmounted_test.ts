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
