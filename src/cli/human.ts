/** Numbers as people read them. Programs get the plain numbers, in JSON. */

/** A length of time that passed: `0.4s`, `12.3s`, `2m5s`, `3h12m`, `4d2h`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  return twoUnits(Math.round(seconds));
}

/** How long ago something was, in one unit: `now`, `12s`, `5m`, `3h`, `4d`. */
export function formatAge(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 1) return "now";
  for (const [letter, size] of units) {
    // Below two of a unit the smaller one tells more: 90m, 36h.
    if (seconds >= 2 * size || size === 1) return `${Math.floor(seconds / size)}${letter}`;
  }
  return `${seconds}s`;
}

const units = [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]] as const;

function twoUnits(seconds: number): string {
  const index = units.findIndex(([, size]) => seconds >= size);
  const [letter, size] = units[index] ?? ["s", 1];
  const [lowerLetter, lowerSize] = units[index + 1] ?? ["", Infinity];
  const lower = Math.floor((seconds % size) / lowerSize);
  return `${Math.floor(seconds / size)}${letter}${lower > 0 ? `${lower}${lowerLetter}` : ""}`;
}

/** A size in decimal units, three digits at most: `950 B`, `3.2 kB`, `120 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  for (const unit of ["B", "kB", "MB", "GB", "TB"]) {
    // What would round up to 1000 belongs to the next unit.
    if (value < 999.5 || unit === "TB") {
      return `${unit === "B" || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${unit}`;
    }
    value /= 1000;
  }
  return `${bytes} B`;
}

/** `1 container`, `3 containers`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
