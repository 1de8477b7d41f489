import { ListBatch } from "../../src/operator/list_batch.ts";
import type { ObservedContainer } from "../../src/plan/observed.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

const window = 5;

/** Lists that are answered when a test says so, with what there is at their beginning. */
class Lists {
  readonly clock = new SteppedClock();
  /** The pods that were asked for, by call: undefined for all. */
  readonly asked: (string | undefined)[] = [];
  readonly #answers: PromiseWithResolvers<void>[] = [];
  version = 1;
  readonly batch = new ListBatch((pod) => this.#list(pod), { clock: this.clock, window });

  async #list(pod: string | undefined): Promise<ObservedContainer[]> {
    this.asked.push(pod);
    const { version } = this;
    const answer = Promise.withResolvers<void>();
    this.#answers.push(answer);
    await answer.promise;
    return ["a", "b"].filter((name) => pod === undefined || name === pod).map((name) =>
      container(name, version)
    );
  }

  async answer(): Promise<void> {
    this.#answers.shift()?.resolve();
    await this.clock.settle();
  }

  fail(): void {
    this.#answers.shift()?.reject(new Error("no answer"));
  }
}

function container(pod: string, version: number): ObservedContainer {
  return {
    id: `${pod}${version}`,
    name: pod,
    image: "",
    imageId: "",
    state: "running",
    labels: { "io.mesolet.pod": pod },
    created: 0,
    networks: {},
    networkMode: "",
    mounts: [],
    ports: [],
  };
}

async function ids(listed: Promise<readonly ObservedContainer[]>): Promise<string[]> {
  return (await listed).map(({ id }) => id);
}

Deno.test("one who is alone is answered by a list of its pod, many by one list of all", async () => {
  const lists = new Lists();
  const alone = lists.batch.request("a");
  await lists.clock.advance(window);
  await lists.answer();
  assertEquals(await ids(alone), ["a1"]);
  const many = [lists.batch.request("a"), lists.batch.request("b"), lists.batch.request(undefined)];
  await lists.clock.advance(window);
  // One who comes while it is under way is answered by it as well.
  many.push(lists.batch.request("b"), lists.batch.request("nobody"));
  await lists.answer();
  assertEquals(await Promise.all(many.map(ids)), [["a1"], ["b1"], ["a1", "b1"], ["b1"], []]);
  assertEquals(lists.asked, ["a", undefined]);
});

Deno.test("a list that was begun before a change answers nobody who asks for that pod afterwards", async () => {
  const lists = new Lists();
  const before = [lists.batch.request("a"), lists.batch.request("b")];
  await lists.clock.advance(window);
  lists.version = 2;
  lists.batch.changed("a");
  const after = [lists.batch.request("a"), lists.batch.request(undefined)];
  const other = lists.batch.request("b");
  await lists.clock.advance(window);
  assertEquals(lists.asked.length, 1, "two lists at once");
  await lists.answer();
  assertEquals(await Promise.all([...before, other].map(ids)), [["a1"], ["b1"], ["b1"]]);
  await lists.answer();
  assertEquals(await Promise.all(after.map(ids)), [["a2"], ["a2", "b2"]]);
});

Deno.test("a list that fails fails for those who waited for it, and the next one is another", async () => {
  const lists = new Lists();
  const first = [lists.batch.request("a"), lists.batch.request("b")];
  const failures = first.map((request) => assertRejects(() => request, Error, "no answer"));
  await lists.clock.advance(window);
  lists.fail();
  await Promise.all(failures);
  const next = lists.batch.request("a");
  await lists.clock.advance(window);
  await lists.answer();
  assertEquals(await ids(next), ["a1"]);
});

Deno.test("who gives up waiting leaves the others their answer", async () => {
  const lists = new Lists();
  const leaving = new AbortController();
  const left = assertRejects(() => lists.batch.request("a", leaving.signal));
  const stays = lists.batch.request("b");
  await lists.clock.advance(window);
  leaving.abort();
  await left;
  await lists.answer();
  assertEquals(await ids(stays), ["b1"]);
});
