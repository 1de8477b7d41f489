/** A stream of numbers in [0, 1) that is the same for the same seed (a linear congruential generator). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Some of the items, each at most once, in their order. */
export function sampleOf<T>(items: readonly T[], count: number, random: () => number): T[] {
  const drawn = items.map((item, index) => ({ item, index, lot: random() }))
    .sort((one, other) => one.lot - other.lot)
    .slice(0, count);
  return drawn.sort((one, other) => one.index - other.index).map(({ item }) => item);
}
