/** How many tests passed and failed. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export const noCounts: Counts = { passed: 0, failed: 0 };

export function addCounts(left: Counts, right: Counts): Counts {
  return { passed: left.passed + right.passed, failed: left.failed + right.failed };
}

/** Counts from the report in JUnit's format that `deno test --junit-path` writes; ignored tests count as neither. */
export function readJunitCounts(report: string): Counts {
  const totals = /<testsuites\b([^>]*)>/.exec(report)?.[1] ?? "";
  const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(totals)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = report.match(/<skipped\b/g)?.length ?? 0;
  return { passed: number("tests") - failed - skipped, failed };
}
