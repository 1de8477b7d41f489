const units: readonly (readonly [name: string, nanoseconds: number])[] = [
  ["ns", 1],
  ["us", 1e3],
  ["ms", 1e6],
  ["secs", 1e9],
  ["mins", 60e9],
  ["hrs", 3_600e9],
  ["days", 86_400e9],
  ["weeks", 604_800e9],
];

/**
 * A length of time as Mesos prints it: `5secs`, `12500ms`, `15mins`. It takes the unit of the size, and the one below
 * where that one makes it a whole number.
 */
export function durationText(milliseconds: number): string {
  const nanoseconds = Math.round(milliseconds * 1e6);
  let index = units.findLastIndex(([, size]) => nanoseconds >= size);
  if (index < 0) index = 0;
  const [, size] = units[index] ?? ["ns", 1];
  const below = units[index - 1];
  if (nanoseconds % size !== 0 && below !== undefined && nanoseconds % below[1] === 0) index--;
  const [name, chosen] = units[index] ?? ["ns", 1];
  return `${Number((nanoseconds / chosen).toPrecision(15))}${name}`;
}
