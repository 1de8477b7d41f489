import type { ContainerRecord, PodRecord } from "../../pod_record.ts";
import { hostsText, isInTrouble, readyText } from "./cluster_model.ts";

/** What the page makes of the pods: pure, so that it is tested without a browser. */

/** How good a state is, as colour and shape show it. */
export type Tone = "good" | "busy" | "bad" | "over";

/** Which pods are shown: all, those that somebody should look at, or those of a phase. */
export type Choice = "all" | "attention" | { readonly phase: string };

/** Pods on one page of the table: as many as a browser lays out at once without being noticed. */
export const podsOnPage = 50;

export function toneOfPod({ phase, reasonCode }: Pick<PodRecord, "phase" | "reasonCode">): Tone {
  switch (phase) {
    case "running":
      return "good";
    case "failed":
      return "bad";
    case "succeeded":
    case "removed":
      return "over";
    case "stopping":
      return "busy";
    default:
      // On the way up, with something in the way: an image that cannot be pulled, for one.
      return reasonCode === "none" ? "busy" : "bad";
  }
}

export function toneOfContainer({ state, health, exitCode, outOfMemory }: ContainerRecord): Tone {
  if (outOfMemory || state === "dead" || state === "backing-off") return "bad";
  if (state === "exited") return exitCode === 0 ? "over" : "bad";
  if (state !== "running") return "busy";
  if (health === "unhealthy") return "bad";
  return health === "starting" ? "busy" : "good";
}

/** Something is wrong with the pod, one of its containers or instances, or its spec. */
export function needsAttention(pod: PodRecord): boolean {
  return toneOfPod(pod) === "bad" || pod.problem !== undefined ||
    pod.containers.some((container) => toneOfContainer(container) === "bad") ||
    (pod.instances ?? []).some(isInTrouble);
}

/** The pods that a person asked for; every word of the filter has to be in the name, the file, an image or an agent's name. */
export function chosenPods(pods: readonly PodRecord[], choice: Choice, filter: string): PodRecord[] {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return pods.filter((pod) => {
    if (choice === "attention" && !needsAttention(pod)) return false;
    if (typeof choice === "object" && pod.phase !== choice.phase) return false;
    if (words.length === 0) return true;
    const parts = pod.containers.flatMap(({ name, image }) => [name, image]);
    const agents = (pod.instances ?? []).flatMap(({ agent }) => agent?.hostname ?? []);
    const text = [pod.name, pod.file, ...parts, ...agents].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** How many pods each choice has; a phase that no pod is in is left out. */
export function countChoices(
  pods: readonly PodRecord[],
): { readonly choice: Choice; readonly title: string; readonly count: number }[] {
  const byPhase = new Map<string, number>();
  for (const { phase } of pods) byPhase.set(phase, (byPhase.get(phase) ?? 0) + 1);
  return [
    { choice: "all", title: "all", count: pods.length },
    { choice: "attention", title: "need attention", count: pods.filter(needsAttention).length },
    ...[...byPhase].sort(([left], [right]) => left < right ? -1 : 1).map(([phase, count]) => ({
      choice: { phase },
      title: phase,
      count,
    })),
  ];
}

export function isSameChoice(left: Choice, right: Choice): boolean {
  if (typeof left === "object" && typeof right === "object") return left.phase === right.phase;
  return left === right;
}

/** `2 of 3`: containers that run; of a pod on a cluster instances that are ready. */
export function runningText({ containers, instances }: PodRecord): string {
  if (instances !== undefined) return readyText(instances);
  const running = containers.filter(({ state }) => state === "running").length;
  return `${running} of ${containers.length}`;
}

/** The worst health of the containers that run; undefined when none of them has a health check. */
export function healthOf(
  { containers }: PodRecord,
): { readonly text: string; readonly tone: Tone } | undefined {
  const running = containers.filter(({ state }) => state === "running");
  const of = (health: string) =>
    running.filter((container) => container.health === health).map(containerTitle);
  const unhealthy = of("unhealthy");
  if (unhealthy.length > 0) return { text: `unhealthy: ${unhealthy.join(", ")}`, tone: "bad" };
  const starting = of("starting");
  if (starting.length > 0) return { text: `starting: ${starting.join(", ")}`, tone: "busy" };
  return of("healthy").length > 0 ? { text: "healthy", tone: "good" } : undefined;
}

export function containerTitle({ name, number }: ContainerRecord): string {
  return number === 1 ? name : `${name}-${number}`;
}

/** `exited (3)`, `running`. */
export function stateText({ state, exitCode, outOfMemory }: ContainerRecord): string {
  const code = exitCode === undefined || state === "running" ? "" : ` (${exitCode})`;
  return `${state}${code}${outOfMemory ? ", out of memory" : ""}`;
}

/** `8080→80/tcp`, and the address where it is not that of every interface; each once. */
export function portTexts(containers: readonly ContainerRecord[]): string[] {
  const texts = containers.flatMap(({ ports }) => ports).filter(({ published }) => published > 0).map(
    (port) => {
      const everywhere = ["0.0.0.0", "::", ""].includes(port.hostAddress);
      const address = port.hostAddress.includes(":") ? `[${port.hostAddress}]` : port.hostAddress;
      return `${everywhere ? "" : `${address}:`}${port.published}→${port.target}/${port.protocol}`;
    },
  );
  return [...new Set(texts)];
}

/** The agents that a pod is on. */
export function agentsOf({ instances = [] }: PodRecord): string {
  return hostsText(instances);
}

export function restartsOf({ containers }: PodRecord): number {
  return containers.reduce((sum, { restarts }) => sum + restarts, 0);
}

/** `42 s`, `5 min`, `3 h`, `12 d`: how long ago. Times that lie ahead are now: two clocks are never the same. */
export function ageText(time: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(time)) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** The time alone on the same day, else the date as well; as the reader's language has it. */
export function momentText(moment: Date, now: Date): string {
  return moment.toDateString() === now.toDateString() ? moment.toLocaleTimeString() : moment.toLocaleString();
}

/** `1 pod`, `2 pods`. */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
