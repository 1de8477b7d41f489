import type { TaskInfo } from "../wire/messages.ts";

/** The ports of the host that a task may use. */
export interface OfferedPorts {
  /** In the order of PORT0, PORT1 …; no port twice. */
  readonly ordered: readonly number[];
  /** Names that the task's discovery gives them. */
  readonly names: ReadonlyMap<number, string>;
}

const highestPort = 65_535;

/**
 * The ports among the resources of a task. Their order is that of the task's discovery as far as it names them; then
 * that of PORT0, PORT1 … in the environment, when these are exactly the offered ports; else that of the resource.
 *
 * @param environment what the framework set for the executor or the task
 * @param further names that the framework gives them elsewhere; those of discovery win
 */
export function offeredPortsOf(
  task: Pick<TaskInfo, "resources" | "discovery">,
  environment: Readonly<Record<string, string>>,
  further: ReadonlyMap<string, number> = new Map(),
): OfferedPorts {
  const offered = new Set<number>();
  for (const { name, ranges } of task.resources ?? []) {
    if (name !== "ports") continue;
    for (const { begin, end } of ranges?.range ?? []) {
      for (let port = Math.max(1, begin); port <= Math.min(end, highestPort); port++) offered.add(port);
    }
  }
  const names = new Map<number, string>();
  const discovered: number[] = [];
  for (const { number, name } of task.discovery?.ports?.ports ?? []) {
    if (!offered.has(number)) continue;
    discovered.push(number);
    if (name !== undefined && name !== "") names.set(number, name);
  }
  for (const [name, number] of further) {
    if (offered.has(number) && name !== "" && !names.has(number)) names.set(number, name);
  }
  const rest = orderOfEnvironment(offered, environment) ?? [...offered];
  return { ordered: [...new Set([...discovered, ...rest])], names };
}

function orderOfEnvironment(
  offered: ReadonlySet<number>,
  environment: Readonly<Record<string, string>>,
): number[] | undefined {
  const ordered: number[] = [];
  for (let index = 0; index < offered.size; index++) {
    const text = environment[`PORT${index}`];
    const port = text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
    if (port === undefined || !offered.has(port) || ordered.includes(port)) return undefined;
    ordered.push(port);
    // A whole range of ports is seldom listed one by one; where it is, looking each up would take long.
    if (ordered.length > 1024) return undefined;
  }
  return `PORT${offered.size}` in environment ? undefined : ordered;
}
