import type { InstanceWhyRecord, WhyRecord } from "../status/cluster_record.ts";
import type { ContainerRecord, InstanceRecord, PodRecord, ProblemRecord } from "../status/pod_record.ts";
import type { MasterRecord } from "../status/master_record.ts";
import { shortageText, slotsText, waitingGroups } from "../status/waiting_words.ts";
import { counted, formatAge } from "./human.ts";

/** What is known of a pod that somebody asks about. */
export interface Asked {
  readonly pod: PodRecord;
  /** Of a pod on a cluster. */
  readonly why: WhyRecord | undefined;
}

/** Whether all of a pod runs as it is to, or has run to its end. */
export function isWell({ pod, why }: Asked): boolean {
  if (pod.phase !== "running" && pod.phase !== "succeeded") return false;
  const instances = (why?.instances ?? pod.instances ?? []).filter(isUnwellInstance);
  return pod.problem === undefined && instances.length === 0 && !pod.containers.some(isUnwell);
}

/** Why a pod does not run, in lines: the pod, what is wrong with its spec, then its instances or containers. */
export function whyLines(asked: Asked, now: number): string[] {
  const { pod, why } = asked;
  const reason = pod.reason === "" ? "" : `: ${pod.reason}`;
  const lines = [`${pod.name}: ${pod.phase} for ${age(pod.since, now)}${reason}`];
  if (pod.problem !== undefined) lines.push(`  its spec is wrong: ${problemText(pod.problem)}`);
  if (why?.master.connected === false) lines.push(`  ${noMasterText(why.master)}`);
  const instances: readonly InstanceWhyRecord[] = why?.instances ?? pod.instances ?? [];
  for (const { slots, shortage } of waitingGroups(instances)) {
    const first = instances.find(({ slot }) => slot === slots[0]);
    const since = first?.waitsSince === undefined ? "" : ` for ${age(first.waitsSince, now)}`;
    lines.push(`  ${slotsText(slots)}: ${slots.length === 1 ? "waits" : "wait"} for a place${since}`);
    lines.push(`    ${shortageText(shortage)}`);
    for (const lack of shortage.lacks) lines.push(`      ${counted(lack.agents, "agent")}: ${lack.text}`);
    if (shortage.agents > 1 && shortage.nearest.length > 0) lines.push("    The nearest:");
    for (const { agent, at, lacks } of shortage.agents > 1 ? shortage.nearest : []) {
      lines.push(`      ${agent.hostname}, by what it offered ${age(at, now)} ago: ${lacks.join("; ")}`);
    }
  }
  for (const instance of instances) {
    if (isUnwellInstance(instance) && instance.shortage === undefined) {
      lines.push(instanceLine(instance, now));
    }
  }
  for (const container of pod.containers) if (isUnwell(container)) lines.push(containerLine(container, now));
  if (isWell(asked)) {
    lines.push(pod.phase === "succeeded" ? "  it has run to its end" : "  it runs as it is to");
  }
  return lines;
}

/** That an operator has no master at the moment, and why. */
export function noMasterText({ reason }: MasterRecord): string {
  return `the operator has no master: ${reason ?? "it waits for one"}`;
}

/** What is wrong with a spec, and where: `web.yaml:3:7: services.web.ports: takes a list`. */
export function problemText({ file, path, message, position, keptVersion }: ProblemRecord): string {
  const where = position === undefined
    ? file
    : [position.file, position.line, position.column].filter((part) => part !== undefined).join(":");
  const kept = keptVersion ? " (the last good version is kept)" : "";
  return `${[where, ...(path === "" ? [] : [path]), message].join(": ")}${kept}`;
}

function isUnwellInstance({ ready, state }: InstanceRecord): boolean {
  return !(ready && state === "running") && state !== "finished";
}

function isUnwell({ state, health, exitCode, outOfMemory }: ContainerRecord): boolean {
  if (state === "exited") return exitCode !== 0 || outOfMemory;
  return state !== "running" || health === "unhealthy" || health === "starting";
}

function instanceLine(instance: InstanceWhyRecord, now: number): string {
  const { slot, state, ready, agent, startsAgainAt, reason } = instance;
  const what = state === "running" && !ready
    ? "runs and is not ready"
    : state === "waiting"
    ? "waits for a place"
    : state === "backing-off"
    ? "failed"
    : state;
  const where = agent === undefined ? "" : ` on ${agent.hostname}`;
  const again = startsAgainAt === undefined ? "" : `, started again ${until(startsAgainAt, now)}`;
  return `  instance ${slot}: ${what}${where}${again}${reason === undefined ? "" : `: ${reason}`}`;
}

function containerLine(container: ContainerRecord, now: number): string {
  const { name, number, state, health, exitCode, outOfMemory, startsAgainAt, restarts, reason } = container;
  const words = [
    state === "running" ? health ?? state : state === "backing-off" ? "failed" : state,
    ...(exitCode === undefined || state === "running" ? [] : [`exit code ${exitCode}`]),
    ...(outOfMemory ? ["out of memory"] : []),
    ...(restarts > 0 ? [counted(restarts, "restart")] : []),
    ...(startsAgainAt === undefined ? [] : [`started again ${until(startsAgainAt, now)}`]),
  ];
  const title = number === 1 ? name : `${name}-${number}`;
  return `  container ${title}: ${words.join(", ")}${reason === undefined ? "" : `: ${reason}`}`;
}

function age(time: string, now: number): string {
  return formatAge(Math.max(1_000, now - Date.parse(time)));
}

function until(time: string, now: number): string {
  const left = Date.parse(time) - now;
  return left < 1_000 ? "now" : `in ${formatAge(left)}`;
}
