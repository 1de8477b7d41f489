import { followDirectories, SpecDirectories } from "../src/operator/spec_directories.ts";
import { systemClock } from "../src/pod/clock.ts";
import { median } from "./measure.ts";
import { smallSpec } from "./specs.ts";

/** What a watched directory costs, in milliseconds. */
export interface DirectoryTimes {
  readonly specs: number;
  /** From nothing: finding and reading all of them. */
  readonly cold: number;
  /** A full look that finds nothing new. */
  readonly noChange: number;
  /** From a rename into place to the moment the new pod is known: half of them are faster. */
  readonly editMedian: number;
  /** 99 of 100 are faster. */
  readonly editSlow: number;
}

/** Times a directory of so many small specs, in this process; ten specs elsewhere warm up and are not counted. */
export async function measureDirectory(specs: number, edits: number): Promise<DirectoryTimes> {
  const root = await Deno.makeTempDir({ prefix: "mesolet-bench-directory-" });
  try {
    const [warm, full] = [`${root}/warm`, `${root}/full`];
    for (const [directory, count] of [[warm, 10], [full, specs]] as const) {
      Deno.mkdirSync(directory);
      for (let index = 0; index < count; index++) {
        Deno.writeTextFileSync(`${directory}/${index}.yaml`, smallSpec(index));
      }
    }
    // So that time stamps are old enough to tell the next change.
    await systemClock.sleep(50);
    const open = (directory: string) =>
      new SpecDirectories({ directories: [directory], environment: {}, clock: systemClock });
    for (let round = 0; round < 5; round++) await open(warm).look();
    const directories = open(full);
    const cold = await timed(() => directories.look());
    const noChange: number[] = [];
    for (let round = 0; round < 20; round++) noChange.push(await timed(() => directories.look()));
    const times = (await editTimes(full, specs, edits)).toSorted((one, other) => one - other);
    return {
      specs,
      cold,
      noChange: median(noChange),
      editMedian: median(times),
      editSlow: times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN,
    };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function editTimes(directory: string, specs: number, edits: number): Promise<number[]> {
  const ending = new AbortController();
  let onImage = (_image: string) => {};
  let edited = "pod0";
  const watching = Promise.withResolvers<void>();
  const watch = followDirectories({
    directories: [directory],
    environment: {},
    clock: systemClock,
    signal: ending.signal,
    onLook({ pods }, reason) {
      if (reason === "watched") watching.resolve();
      onImage(pods.get(edited)?.pod.containers.find(({ name }) => name === "web")?.image ?? "");
    },
  });
  const times: number[] = [];
  await watching.promise;
  for (let edit = 0; edit < edits; edit++) {
    const index = edit % specs;
    edited = `pod${index}`;
    const wanted = `registry.example/web:edit${edit}`;
    Deno.writeTextFileSync(
      `${directory}/.next`,
      smallSpec(index).replace(/registry\.example\/web:\d+/, wanted),
    );
    const seen = new Promise<void>((resolve) => {
      onImage = (image) => image === wanted && resolve();
    });
    const start = performance.now();
    Deno.renameSync(`${directory}/.next`, `${directory}/${index}.yaml`);
    await seen;
    times.push(performance.now() - start);
    await systemClock.sleep(100);
  }
  ending.abort();
  await watch.done;
  return times;
}
