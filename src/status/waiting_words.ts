/** Why instances wait for a place, in words: for the status page and for `mesolet why`. */

import type { InstanceWhyRecord, ShortageRecord } from "./cluster_record.ts";

/** Instances that wait for the same reason. */
export interface WaitingGroup {
  readonly slots: readonly number[];
  readonly shortage: ShortageRecord;
}

/** The instances that wait for a place, those with the same reason together. */
export function waitingGroups(instances: readonly InstanceWhyRecord[]): WaitingGroup[] {
  const groups = new Map<string, { slots: number[]; shortage: ShortageRecord }>();
  for (const { slot, shortage } of instances) {
    if (shortage === undefined) continue;
    const key = JSON.stringify(shortage);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { slots: [slot], shortage });
    else group.slots.push(slot);
  }
  return [...groups.values()];
}

/** What agents came to for instances, in a sentence. */
export function shortageText({ agents, fitting }: Pick<ShortageRecord, "agents" | "fitting">): string {
  if (agents === 0) return "No agent has offered anything yet.";
  const all = agents === 1
    ? "The one agent that offered something"
    : `Of ${agents.toLocaleString("en")} agents that offered something,`;
  if (fitting > 0) {
    return agents === 1
      ? `${all} will do: it is taken when it offers that again.`
      : `${all} ${fitting.toLocaleString("en")} will do: one is taken when it offers that again.`;
  }
  return agents === 1 ? `${all} will not do.` : `${all} none will do.`;
}

/** `instances 1 to 3, 7`. */
export function slotsText(slots: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const slot of slots) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === slot - 1) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  const texts = ranges.map(([first, last]) =>
    first === last ? String(first) : last === first + 1 ? `${first}, ${last}` : `${first} to ${last}`
  );
  return `${slots.length === 1 ? "instance" : "instances"} ${texts.join(", ")}`;
}
