import type { PlacementPlan, PlannedInstance } from "../mesos/framework/offline/plan_placement.ts";
import { type Needs, scalars } from "../mesos/framework/placement/needs.ts";
import type { Shortage } from "../mesos/framework/placement/shortage.ts";
import type { Resource } from "../mesos/wire/messages.ts";
import { present } from "../pod/present.ts";
import { shortageText } from "../status/waiting_words.ts";
import { counted } from "./human.ts";

/** Where the instances of a pod would go, for people. */
export function placementLines({ wish, instances }: PlacementPlan): string[] {
  const lines = [
    `${wish.name}: ${counted(wish.replicas, "instance")}, each needs ${
      needsText(wish.needs)
    }, its executor included`,
  ];
  const without: Extract<PlannedInstance, { readonly shortage: Shortage }>[] = [];
  for (const instance of instances) {
    if ("shortage" in instance) {
      without.push(instance);
      continue;
    }
    const { slot, place: { agent, role, taken } } = instance;
    const where = [agent.region, agent.zone].filter((each) => each !== undefined).join(", ");
    lines.push(
      `  instance ${slot} → ${agent.hostname}${where === "" ? "" : ` (${where})`}, agent ${agent.id}`,
    );
    lines.push(`    ${taken.resources.map(resourceText).join(", ")}, offered to the role ${role}`);
    for (const { need, container, target, protocol, name } of wish.task.ports) {
      lines.push(`    port ${taken.ports[need] ?? 0} → ${container}:${target}/${protocol} (${name})`);
    }
  }
  const [first] = without;
  if (first === undefined) return lines;
  const names = without.map(({ slot }) => slot).join(", ");
  lines.push(`  ${without.length === 1 ? "instance" : "instances"} ${names}: no place`);
  lines.push(`    ${shortageText(first.shortage)}`);
  for (const { text, agents } of first.shortage.lacks) {
    lines.push(`      ${counted(agents, "agent")}: ${text}`);
  }
  if (first.shortage.agents > 1 && first.shortage.nearest.length > 0) lines.push("    The nearest:");
  for (const { agent, lacks } of first.shortage.agents > 1 ? first.shortage.nearest : []) {
    lines.push(`      ${agent.hostname}: ${lacks.join("; ")}`);
  }
  return lines;
}

/** The same for programs: amounts in CPUs, MiB and numbers of GPUs. */
export function placementJson({ wish, instances }: PlacementPlan): Record<string, unknown> {
  return {
    pod: wish.name,
    version: wish.version,
    needs: { ...amountsOf(wish.needs), ports: wish.needs.ports },
    instances: instances.map((instance) => {
      if ("shortage" in instance) {
        const { agents, fitting, lacks, nearest } = instance.shortage;
        return {
          slot: instance.slot,
          shortage: {
            agents,
            fitting,
            lacks,
            nearest: nearest.map(({ agent, lacks }) => ({
              agent: { id: agent.id, hostname: agent.hostname },
              lacks,
            })),
          },
        };
      }
      const { slot, place: { agent, role, taken } } = instance;
      return {
        slot,
        agent: present({ id: agent.id, hostname: agent.hostname, region: agent.region, zone: agent.zone }),
        role,
        resources: taken.resources,
        ports: wish.task.ports.map(({ need, name, container, target, protocol }) => ({
          port: taken.ports[need] ?? 0,
          name,
          container,
          target,
          protocol,
        })),
      };
    }),
  };
}

function amountsOf(needs: Needs): Record<string, number> {
  return Object.fromEntries(scalars.map((name) => [name, needs[name] / 1000]));
}

/** `1.1 cpus, 384 MiB memory, 2 ports`. */
function needsText(needs: Needs): string {
  const amounts = scalars.filter((name) => needs[name] > 0).map((name) =>
    `${needs[name] / 1000}${name === "memory" || name === "disk" ? " MiB" : ""} ${name}`
  );
  return [...amounts, ...(needs.ports.length === 0 ? [] : [counted(needs.ports.length, "port")])].join(", ");
}

/** `cpus 1.1`, `mem 384 MiB reserved for web`, `ports 31000-31001`. */
function resourceText({ name, scalar, ranges, reservations = [], role = "*" }: Resource): string {
  const amount = scalar === undefined
    ? (ranges?.range ?? []).map(({ begin, end }) => begin === end ? `${begin}` : `${begin}-${end}`).join(" ")
    : `${scalar.value}${name === "mem" || name === "disk" ? " MiB" : ""}`;
  const reserved = reservations.at(-1)?.role ?? (role === "*" ? undefined : role);
  return `${name} ${amount}${reserved === undefined ? "" : ` reserved for ${reserved}`}`;
}
