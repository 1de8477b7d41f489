/**
 * The candidate that a person most likely meant, or undefined when none is near: at most one wrong letter in three,
 * counting swapped neighbours as one, or a candidate that begins with the text.
 *
 * @example
 * ```ts
 * suggestionFor("remove-orphan", ["remove-orphans", "timeout"]); // "remove-orphans"
 * ```
 */
export function suggestionFor(text: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const bound = Math.max(1, Math.floor(Math.max(text.length, candidate.length) / 3));
    const measured = distance(text, candidate);
    const near = measured <= bound && measured < candidate.length;
    const begun = text.length >= 2 && candidate.startsWith(text);
    if (!near && !begun) continue;
    const rank = near ? measured : bound + 1;
    if (rank < bestDistance) {
      best = candidate;
      bestDistance = rank;
    }
  }
  return best;
}

/** Damerau-Levenshtein distance with adjacent swaps, over the three last rows of its matrix. */
function distance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
