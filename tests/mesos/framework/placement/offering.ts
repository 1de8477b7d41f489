import type { Attribute, Offer, Resource } from "../../../../src/mesos/wire/messages.ts";
import { AvailableResources } from "../../../../src/mesos/framework/placement/available_resources.ts";
import { type AgentFacts, factsOf } from "../../../../src/mesos/framework/placement/agent_facts.ts";
import type { Candidate } from "../../../../src/mesos/framework/placement/choose_agent.ts";
import type { Needs } from "../../../../src/mesos/framework/placement/needs.ts";

/** A scalar as agents offer it to the role `mesolet`. */
export function scalar(name: string, value: number, more: Partial<Resource> = {}): Resource {
  return { name, type: "SCALAR", scalar: { value }, allocation_info: { role: "mesolet" }, ...more };
}

/** Ports as agents offer them: `31000-31005,31010-31010`. */
export function ports(text: string, more: Partial<Resource> = {}): Resource {
  const range = text.split(",").map((part) => {
    const [begin = 0, end = begin] = part.split("-").map(Number);
    return { begin, end };
  });
  return { name: "ports", type: "RANGES", ranges: { range }, allocation_info: { role: "mesolet" }, ...more };
}

/** Needs in the units of people: CPUs and MiB. */
export function needing(cpus: number, memory: number, more: Partial<Needs> = {}): Needs {
  return {
    cpus: Math.round(cpus * 1000),
    memory: Math.round(memory * 1000),
    disk: 0,
    gpus: 0,
    ports: [],
    ...more,
  };
}

/** An agent with texts as attributes; `region` and `zone` become its domain. */
export function agent(id: string, texts: Readonly<Record<string, string>> = {}): AgentFacts {
  const { region, zone, hostname = `${id}.example`, ...others } = texts;
  return factsOf(
    {
      id: { value: "offer" },
      framework_id: { value: "framework" },
      agent_id: { value: id },
      hostname,
      attributes: Object.entries(others).map(([name, value]): Attribute => ({
        name,
        type: "TEXT",
        text: { value },
      })),
      ...(region === undefined || zone === undefined
        ? {}
        : { domain: { fault_domain: { region: { name: region }, zone: { name: zone } } } }),
    } satisfies Offer,
  );
}

/** An agent that offers so many CPUs and MiB. */
export function candidate(facts: AgentFacts, cpus: number, memory: number, role = "mesolet"): Candidate {
  const available = new AvailableResources([scalar("cpus", cpus), scalar("mem", memory)]);
  return { agent: facts, role, available };
}
