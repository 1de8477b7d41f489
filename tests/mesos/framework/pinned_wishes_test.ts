import { PinnedWishes, type PinOutcome } from "../../../src/mesos/framework/pinned_wishes.ts";
import type { StoredDigests } from "../../../src/mesos/framework/store/store.ts";
import type { Clock } from "../../../src/pod/clock.ts";
import type { DigestSource } from "../../../src/registry/digest_source.ts";
import { assertEquals } from "../../support/assert.ts";
import { wish } from "./cluster/playing.ts";

const pinned = (version: string, pins: readonly string[] = ["app:1"]) => ({ ...wish("web"), version, pins });

/** A registry whose tags are what a test says, and a clock whose pauses are over at once. */
function playing(tags: Record<string, string | undefined>) {
  const [asked, pauses]: [string[], number[]] = [[], []];
  const registry: DigestSource = {
    digestOf(image) {
      asked.push(image);
      const digest = tags[image];
      return digest === undefined ? Promise.reject(new Error(`no ${image}`)) : Promise.resolve(digest);
    },
  };
  const stored = new Map<string, StoredDigests>();
  const store = {
    digestsOf: (pod: string) => stored.get(pod),
    setDigests(pod: string, digests: StoredDigests | undefined) {
      if (digests === undefined) stored.delete(pod);
      else stored.set(pod, digests);
    },
  };
  const clock: Clock = {
    now: () => 0,
    elapsed: () => 0,
    sleep(milliseconds) {
      pauses.push(milliseconds);
      if (pauses.length >= 3) tags["app:1"] = "sha256:late";
      return Promise.resolve();
    },
  };
  const wishes = () => new PinnedWishes({ store, clock, registry });
  return { asked, pauses, stored, wishes };
}

/** The first outcomes that are told, until one is a wish. */
function outcome(pins: PinnedWishes, wanted: ReturnType<typeof pinned>): Promise<readonly PinOutcome[]> {
  const told: PinOutcome[] = [];
  return new Promise((resolve) => {
    const now = pins.take(wanted, (one) => {
      told.push(one);
      if ("wish" in one) resolve(told);
    });
    if (now !== undefined) resolve([{ wish: now }]);
  });
}

function labelsOf(told: readonly PinOutcome[]): readonly unknown[] {
  return told.map((one) => "wish" in one ? one.wish.task.labels["mesolet.digests"] : one.problem);
}

Deno.test("a wish without pins is taken as it is", () => {
  const { asked, wishes } = playing({});
  const plain = wish("web");
  assertEquals(wishes().take(plain, () => {}) === plain, true);
  assertEquals(asked, []);
});

Deno.test("digests are found out once for a version, also by an operator that comes after", async () => {
  const tags: Record<string, string> = { "app:1": "sha256:one", "b": "sha256:b" };
  const { asked, wishes } = playing(tags);
  const first = wishes();
  assertEquals(labelsOf(await outcome(first, pinned("1", ["app:1", "b"]))), ["app:1=sha256:one,b=sha256:b"]);
  tags["app:1"] = "sha256:two";
  for (const one of [first, wishes()]) {
    assertEquals(labelsOf(await outcome(one, pinned("1", ["app:1", "b"]))), ["app:1=sha256:one,b=sha256:b"]);
  }
  assertEquals(asked, ["app:1", "b"]);
  assertEquals(labelsOf(await outcome(first, pinned("2"))), ["app:1=sha256:two"]);
  // A spec that was gone is another one.
  tags["app:1"] = "sha256:three";
  first.drop("web");
  assertEquals(labelsOf(await outcome(first, pinned("2"))), ["app:1=sha256:three"]);
});

Deno.test("a registry that does not tell is asked again, with growing pauses", async () => {
  const { pauses, wishes } = playing({});
  assertEquals(labelsOf(await outcome(wishes(), pinned("1"))), [
    "no app:1",
    "no app:1",
    "no app:1",
    "app:1=sha256:late",
  ]);
  assertEquals(pauses, [5_000, 10_000, 20_000]);
});

Deno.test("what nobody wants to know any more is not told", async () => {
  const answer = Promise.withResolvers<string>();
  const { stored } = playing({});
  const pins = new PinnedWishes({
    store: { digestsOf: () => undefined, setDigests: () => stored.set("web", { version: "", digests: "" }) },
    clock: { now: () => 0, elapsed: () => 0, sleep: () => Promise.reject(new Error("no pause is expected")) },
    registry: { digestOf: () => answer.promise },
  });
  const told: PinOutcome[] = [];
  pins.take(pinned("1"), (one) => told.push(one));
  pins.close();
  answer.resolve("sha256:one");
  await answer.promise;
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([told.length, stored.size], [0, 0]);
});
