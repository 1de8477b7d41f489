import type { Resource } from "../../wire/messages.ts";
import type { TaskPlace } from "../cluster/messages.ts";
import { AvailableResources } from "../placement/available_resources.ts";
import type { Needs } from "../placement/needs.ts";
import type { PodWish } from "../wish/pod_wish.ts";

/** A place that stands for whichever there will be: an agent that has just what the pod needs. */
export function standInPlace(wish: PodWish, agent = "AGENT"): TaskPlace {
  const taken = new AvailableResources(resourcesFor(wish.needs)).take(wish.needs);
  if (taken === undefined) throw new Error("what was made for the needs is not enough for them");
  const id = `${wish.name}.0.${wish.version}.RUN`;
  return {
    id,
    executorId: id,
    frameworkId: "FRAMEWORK",
    slot: 0,
    agent: { id: agent, hostname: agent, attributes: new Map() },
    role: wish.roles[0] ?? "*",
    taken,
  };
}

/** Ports that the spec does not fix are from 31000 on, where agents have theirs by default. */
function resourcesFor({ cpus, memory, disk, gpus, ports }: Needs): Resource[] {
  const scalar = (name: string, thousandths: number): Resource[] =>
    thousandths <= 0 ? [] : [{ name, type: "SCALAR", scalar: { value: thousandths / 1000 } }];
  const fixed = ports.flatMap(({ fixed: port }) => port === undefined ? [] : [{ begin: port, end: port }]);
  const others = Array.from({ length: 1_001 }, (_, index) => 31_000 + index)
    .filter((port) => fixed.every(({ begin }) => begin !== port))
    .map((port) => ({ begin: port, end: port }));
  return [
    ...scalar("cpus", cpus),
    ...scalar("mem", memory),
    ...scalar("disk", disk),
    ...scalar("gpus", gpus),
    { name: "ports", type: "RANGES", ranges: { range: [...fixed, ...others] } },
  ];
}
