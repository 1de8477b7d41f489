import type { OperatorFigures } from "./operator.ts";

/** Prints the figures of an operator, each with the limit that is set for it. */
export function sayOperator(figures: OperatorFigures, coldScan: number, restart: number): void {
  const { specs, running, edits } = figures;
  const rows: readonly (readonly [string, number, string, number | undefined])[] = [
    ["specs found and read, at the start", coldScan, "ms", 400],
    ["process start until every pod was looked at", figures.ready, "ms", undefined],
    ["rename until the first call at the engine", figures.editMedian, "ms", 40],
    ["the same, 99 of 100", figures.editSlow, "ms", 150],
    ["rename until the call that makes a container", figures.replaceMedian, "ms", undefined],
    ["processor time of a look that finds nothing new", figures.look, "ms", 30],
    ["calls of the engine in two idle minutes", figures.idleCalls, "", 1],
    ["of these, calls that change something", figures.idleChanges, "", 0],
    ["idle: part of a processor", figures.idleProcessor, "%", 1],
    ["idle: resident memory", figures.memory, "MiB", 200],
    ["a container's end to its restart, without back-off", restart, "ms", 50],
  ];
  say(`\nan operator of ${specs} specs, of which ${running} have containers; ${edits} edits`);
  for (const [what, value, unit, limit] of rows) {
    const digits = unit === "%" ? 2 : 0;
    const verdict = limit === undefined ? "" : `   limit ${limit}${value > limit ? ", MISSED" : ""}`;
    say(`  ${what.padEnd(50)}${value.toFixed(digits).padStart(7)} ${unit.padEnd(3)}${verdict}`);
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line.trimEnd()}\n`));
}
