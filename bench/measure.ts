/** One way of doing a piece of work, to be timed against others. */
export interface Contender {
  readonly name: string;
  /** Brings things to where the work begins; not timed. */
  prepare?(): Promise<void>;
  /** The work. */
  run(): Promise<void>;
}

/** Medians in milliseconds by contender. */
export type Medians = ReadonlyMap<string, number>;

/**
 * Times contenders in turn, so that what else the machine does falls on all of them, and gives the median of each.
 * The first round warms up and is not counted.
 */
export async function measure(contenders: readonly Contender[], rounds: number): Promise<Medians> {
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      await contender.prepare?.();
      const start = performance.now();
      await contender.run();
      const took = performance.now() - start;
      if (round > 0) times.get(contender.name)?.push(took);
    }
  }
  return new Map([...times].map(([name, list]) => [name, median(list)]));
}

/** The value in the middle; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Runs a command and throws what it said when it fails. */
export async function command(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")} failed:\n${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
