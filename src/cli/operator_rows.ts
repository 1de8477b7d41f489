import type { ContainerRecord, InstanceRecord, PodRecord } from "../status/pod_record.ts";
import { portsText } from "./container_rows.ts";
import { formatAge } from "./human.ts";
import type { Style } from "./style.ts";
import { renderTable, type TableColumn } from "./text_table.ts";

/** One line of `ps --operator`: an instance, a container of one, or a container of a pod on the operator's host. */
export interface ListedRow {
  readonly pod: PodRecord;
  readonly instance?: InstanceRecord;
  readonly container?: ContainerRecord;
  /** Id of the task. */
  readonly task?: string;
  /** Why the containers of the instance are not known. */
  readonly trouble?: string;
}

/** The lines of the table. `now`: milliseconds since 1970. */
export function rowTable(
  rows: readonly ListedRow[],
  options: { readonly now: number; readonly style: Style; readonly width?: number },
): string[] {
  const { now, style } = options;
  const onCluster = rows.some(({ instance }) => instance !== undefined);
  const withContainers = rows.some(({ container }) => container !== undefined);
  const column = (
    title: string,
    text: (row: ListedRow) => string,
    shrinksTo?: number,
  ): TableColumn<ListedRow> => ({
    title,
    text,
    ...(shrinksTo === undefined ? {} : { shrinksTo }),
  });
  const columns: TableColumn<ListedRow>[] = [
    column("POD", ({ pod }) => pod.name, 8),
    ...(onCluster
      ? [column("INSTANCE", ({ instance }) => instance === undefined ? "" : `${instance.slot}`)]
      : []),
    ...(withContainers
      ? [
        column("CONTAINER", ({ container }) => container === undefined ? "-" : replicaOf(container), 8),
        column("IMAGE", ({ container }) => container?.image ?? "", 10),
      ]
      : []),
    { title: "STATE", text: stateOf, paint: (cell, row) => colourOf(row, style)(cell) },
    ...(onCluster
      ? [
        ...(withContainers
          ? []
          : [column("READY", ({ instance }) => instance?.ready === true ? "yes" : "no")]),
        column("AGENT", ({ instance }) => instance?.agent?.hostname ?? "", 8),
      ]
      : []),
    column("ADDRESS", addressOf),
    column("PORTS", portsOf, 8),
    column("SINCE", (row) => sinceText(row, now)),
    // Last lines of a container may be among the words: a row is one line.
    column("WHY", (row) => whyOf(row).replaceAll(/\s*\n\s*/g, " "), 12),
  ];
  return renderTable(columns, rows, options.width);
}

/** A row for programs. */
export function rowJson({ pod, instance, container, trouble }: ListedRow): Record<string, unknown> {
  return {
    pod: pod.name,
    phase: pod.phase,
    ...(instance === undefined ? { reason: pod.reason } : { instance }),
    ...(container === undefined ? {} : { container }),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function replicaOf({ name, number }: ContainerRecord): string {
  return `${name}-${number}`;
}

function stateOf({ pod, instance, container }: ListedRow): string {
  if (container === undefined) return instance?.state ?? pod.phase;
  const { state, health, exitCode } = container;
  if (state === "running" && health !== undefined) return `${state} (${health})`;
  return state === "exited" && exitCode !== undefined ? `${state} (${exitCode})` : state;
}

function colourOf({ pod, instance, container }: ListedRow, style: Style): (text: string) => string {
  if (container !== undefined) {
    if (container.state === "running") return container.health === "unhealthy" ? style.red : style.green;
    if (container.state === "exited") return container.exitCode === 0 ? style.dim : style.red;
    return style.yellow;
  }
  if (instance !== undefined) {
    if (instance.state === "running") return instance.ready ? style.green : style.yellow;
    return instance.state === "backing-off" || instance.state === "unreachable" ? style.red : style.yellow;
  }
  return pod.phase === "failed" ? style.red : style.yellow;
}

function addressOf({ instance, container, pod }: ListedRow): string {
  if (container !== undefined) return container.addresses[0] ?? instance?.address ?? "";
  return instance === undefined ? pod.address ?? "" : instance.address ?? "";
}

function portsOf({ instance, container }: ListedRow): string {
  if (container !== undefined) return portsText(container);
  return instance?.ports.join(", ") ?? "";
}

function sinceText({ pod, instance, container }: ListedRow, now: number): string {
  const since = container === undefined
    ? instance === undefined ? pod.since : instance.since
    : container.state === "running"
    ? container.startedAt
    : container.finishedAt ?? container.startedAt;
  const time = Date.parse(since ?? "");
  return Number.isNaN(time) ? "" : formatAge(now - time);
}

function whyOf({ pod, instance, container, trouble }: ListedRow): string {
  if (trouble !== undefined) return trouble;
  if (container !== undefined) return container.reason ?? "";
  if (instance === undefined) return pod.reason;
  // What all agents lack is more than a line.
  if (instance.state === "waiting") return `no place so far: mesolet why ${pod.name}`;
  const again = Date.parse(instance.startsAgainAt ?? "");
  const until = Number.isNaN(again) ? "" : ` (again at ${new Date(again).toISOString().slice(11, 19)})`;
  return `${instance.reason ?? ""}${until}`.trim();
}
