import { assert, assertEquals } from "../support/assert.ts";
import { randomFrom } from "../support/random.ts";
import { Play } from "./playing.ts";

const rounds = 300;
const files = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const names = ["web", "api", "cache", "shop", "mail", "jobs"] as const;

type Content = NonNullable<ReturnType<Play["directories"]["get"]>>;

/** What is drawn by chance, the same for the same seed. */
class Draw {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }
}

/** What happens to directories between two looks; `lost` holds what those had that cannot be read. */
function happen(play: Play, random: Draw, lost: Map<string, Content>): void {
  for (let count = random.below(4); count > 0; count--) {
    const directory = random.pick(["/d", "/e"]);
    const key = `${directory}/${random.pick(files)}.yaml`;
    switch (random.below(7)) {
      case 0:
      case 1:
        play.write({ [key]: random.pick(names) });
        break;
      case 2:
        play.write({ [key]: undefined });
        break;
      case 3:
        play.remove(key);
        break;
      case 4: {
        // A rename, of whatever it says.
        const content = play.directories.get(directory)?.get(key);
        const other = `${directory}/${random.pick(files)}.yaml`;
        if (content?.pod === undefined || other === key) break;
        play.remove(key);
        play.write({ [other]: content.pod });
        break;
      }
      case 5: {
        const away = play.directories.get(directory);
        if (away !== undefined) lost.set(directory, away);
        play.directories.set(directory, undefined);
        break;
      }
      case 6:
        if (lost.has(directory)) play.directories.set(directory, lost.get(directory));
        lost.delete(directory);
        break;
    }
  }
}

Deno.test("whatever happens to directories, in whatever order: no pod is lost that a spec still means, and all ends as the files say", () => {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = new Draw(seed);
    const play = new Play({}, ["/d", "/e"]);
    const lost = new Map<string, Content>();
    let now = 0;
    let before: ReadonlySet<string> = new Set();
    for (let step = 0; step < 40; step++) {
      happen(play, random, lost);
      now += random.pick([10, 50, 100, 300, 1_000, 6_000]);
      play.pass(now);
      const pods = play.wanted?.pods ?? new Map();
      const good = [...play.state.specs.values()].flatMap(({ good }) => good ?? []);
      const meant = new Set(good.map(({ pod }) => pod.name));
      for (const name of before) assert(!meant.has(name) || pods.has(name), `seed ${seed}: ${name} is lost`);
      for (const name of meant) assert(pods.has(name), `seed ${seed}: ${name} is not wanted`);
      for (const [name, { key, pod }] of pods) {
        assertEquals(pod.name, name, `seed ${seed}`);
        assert(
          meant.has(name) || play.state.leaving.has(name),
          `seed ${seed}: ${name} of ${key} is unexplained`,
        );
      }
      before = new Set(pods.keys());
    }
    for (const [directory, content] of lost) play.directories.set(directory, content);
    play.settle(now + 10_000);
    for (const { pod, heir } of play.state.leaving.values()) {
      assert(
        heir !== undefined && play.state.specs.get(heir)?.good === undefined,
        `seed ${seed}: ${pod.key}`,
      );
    }
    for (const { key, good } of play.state.specs.values()) if (good === undefined) play.remove(key);
    play.settle(now + 50_000);
    const ended = play.settle(now + 100_000);
    const last = new Set([...play.state.specs.values()].flatMap(({ good }) => good?.pod.name ?? []));
    assertEquals([...play.wanted?.pods.keys() ?? []], [...last].sort(), `seed ${seed}: ${ended}`);
    const there = [...play.directories.values()].flatMap((content) => [...content?.keys() ?? []]);
    assertEquals([...play.state.specs.keys()].sort(), there.sort(), `seed ${seed}`);
    for (const [key, { version, spec }] of play.state.specs) {
      assertEquals(spec?.version, version, `seed ${seed}: ${key} is not read`);
    }
  }
});
