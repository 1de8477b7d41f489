import { openChangeFeed } from "../../src/operator/change_feed.ts";
import { specBounds } from "../../src/operator/decide_specs.ts";
import { followDirectories, SpecDirectories } from "../../src/operator/spec_directories.ts";
import { type Clock, systemClock } from "../../src/pod/clock.ts";
import { assertEquals } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { CountedFiles, spec, withDirectory } from "./directory.ts";
import { Following } from "./following.ts";

Deno.test("300 edits 100 ms apart: one of the first and the last are read, and nothing in between", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec({ image: "v0" }));
    // A clock that runs ten times as fast: 30 s are 3. The edits may stall for half a second of ours.
    const fast: Clock = {
      now: () => Date.now() * 10,
      elapsed: () => performance.now() * 10,
      sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / 10, signal),
    };
    const ending = new AbortController();
    const loaded: string[] = [];
    const watch = followDirectories({
      directories: [directory.path],
      environment: {},
      clock: fast,
      signal: ending.signal,
      bounds: { settle: 5_000, rescan: 5_000, longestUnrest: 600_000, allowEmpty: false },
      onLook: ({ pods, loaded: specs }) => {
        if (specs.length > 0) {
          loaded.push(...[...pods.values()].flatMap(({ pod }) => pod.containers.map(({ image }) => image)));
        }
      },
    });
    await waitUntil("the first is read", () => loaded.includes("v0"));
    for (let edit = 1; edit <= 300; edit++) {
      directory.replace("web.yaml", spec({ image: `v${edit}` }));
      await fast.sleep(100);
    }
    await waitUntil("the last is read", () => loaded.at(-1) === "v300");
    ending.abort();
    await watch.done;
    assertEquals(new Set(loaded).size <= 3, true, loaded.join(" "));
  });
});

Deno.test("a full look reads nothing that did not change, of a thousand specs", async () => {
  await withDirectory(async (directory) => {
    for (let index = 0; index < 500; index++) {
      directory.write(`${index}.yaml`, spec({ name: `file${index}` }));
      directory.write(`project${index}/compose.yaml`, spec());
    }
    const files = new CountedFiles();
    const directories = new SpecDirectories({
      directories: [directory.path],
      environment: {},
      clock: { ...systemClock, now: () => Date.now() + 60_000 },
      files,
    });
    const first = await directories.look();
    assertEquals([first.wanted.pods.size, first.wanted.loaded.length, files.reads.length], [
      1_000,
      1_000,
      1_000,
    ]);
    for (let pass = 0; pass < 3; pass++) {
      const { wanted, lookAgainAt } = await directories.look();
      assertEquals([wanted.loaded.length, files.reads.length, lookAgainAt], [0, 1_000, undefined]);
    }
    directory.replace("7.yaml", spec({ name: "file7", image: "edited" }));
    const { wanted } = await directories.look();
    assertEquals([wanted.loaded.length, files.reads.slice(1_000)], [1, ["7.yaml"]]);
  });
});

Deno.test("a look says whether it found news; a file that is only touched is none", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    const directories = new SpecDirectories({
      directories: [directory.path],
      environment: {},
      clock: { ...systemClock, now: () => Date.now() + 60_000 },
      bounds: { ...specBounds, settle: 0 },
    });
    const news = async () => (await directories.look()).foundNews;
    assertEquals([await news(), await news()], [true, false]);
    directory.replace("web.yaml", spec());
    assertEquals([await news(), await news()], [false, false]);
    directory.replace("web.yaml", spec({ image: "other" }));
    assertEquals([await news(), await news()], [true, false]);
    directory.replace("web.yaml", "services: [");
    assertEquals([await news(), await news()], [true, false]);
    Deno.removeSync(`${directory.path}/web.yaml`);
    assertEquals([await news(), await news()], [true, false]);
  });
});

Deno.test("several directories are one set of pods, each with its own label", async () => {
  await withDirectory(async (directory) => {
    directory.write("a/web.yaml", spec());
    directory.write("b/api.yaml", spec());
    directory.write("b/web.yaml", spec({ image: "other" }));
    const [a, b] = [`${directory.path}/a`, `${directory.path}/b`];
    await using following = new Following([a, b, a], { rescan: 3_600_000 });
    await following.wants("api=busybox web=busybox");
    assertEquals(following.problems.length, 2);
    Deno.removeSync(`${a}/web.yaml`);
    await following.wants("api=busybox web=other");
    const labels = [...following.looks.at(-1)?.wanted.pods.values() ?? []].map(({ pod }) =>
      Object.values(pod.labels ?? {})
    );
    assertEquals(labels, [[b], [b]]);
  });
});

Deno.test("an emptied directory stops nothing until it has lasted, or at once with --allow-empty", async () => {
  for (const allowEmpty of [false, true]) {
    await withDirectory(async (directory) => {
      for (let index = 0; index < 6; index++) directory.write(`p${index}.yaml`, spec());
      await using following = new Following([directory.path], { rescan: 1_000, allowEmpty });
      await waitUntil("all are wanted", () => following.looks.at(-1)?.wanted.pods.size === 6);
      for (let index = 0; index < 6; index++) Deno.removeSync(`${directory.path}/p${index}.yaml`);
      await following.wants("");
      const told = following.looks.some(({ wanted }) =>
        wanted.problems.some(({ problem }) => problem.message.includes("have lost their specs at once"))
      );
      assertEquals(told, !allowEmpty);
    });
  }
});

Deno.test("what is missed is found by the full look", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    const images: string[] = [];
    const ending = new AbortController();
    const watch = followDirectories({
      directories: [directory.path],
      environment: {},
      clock: systemClock,
      signal: ending.signal,
      bounds: { settle: 250, rescan: 100, longestUnrest: 60_000, allowEmpty: false },
      onLook: ({ pods }) => images.push(pods.get("web")?.pod.containers[0]?.image ?? ""),
      open: () => openChangeFeed(["/nowhere/at/all"]),
    });
    await waitUntil("it is read", () => images.includes("busybox"));
    directory.replace("web.yaml", spec({ image: "edited" }));
    await waitUntil("the edit is found", () => images.includes("edited"));
    ending.abort();
    await watch.done;
  });
});
