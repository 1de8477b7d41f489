import type { WhyRecord } from "../../cluster_record.ts";
import type { InstanceRecord, PodRecord } from "../../pod_record.ts";
import { shortageText, slotsText, waitingGroups } from "../../waiting_words.ts";
import { instanceText, toneOfInstance } from "./cluster_model.ts";
import { cell, make, mark, name } from "./elements.ts";
import { countText, momentText } from "./page_model.ts";

/** The instances of a pod on a cluster. Its roles are written out, as it is laid out as a list on narrow screens. */
export function instanceTable({ name: pod, instances = [] }: PodRecord): HTMLElement {
  const titles = ["Instance", "State", "Agent", "Ports", "Since", "Task", "Log"];
  const head = titles.map((title) => make("th", { scope: "col", role: "columnheader" }, title));
  return make(
    "div",
    { class: "wide" },
    make(
      "table",
      { class: "containers", role: "table", "aria-label": `Instances of ${pod}` },
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)),
      make("tbody", { role: "rowgroup" }, ...instances.map((instance) => instanceRow(pod, instance))),
    ),
  );
}

function instanceRow(pod: string, instance: InstanceRecord): HTMLElement {
  const { slot, agent, address, ports, since, startsAgainAt, task, reason } = instance;
  const state = cell("State", mark(instanceText(instance), toneOfInstance(instance)));
  if (reason !== undefined) state.append(make("span", { class: "text" }, name(reason)));
  if (startsAgainAt !== undefined) {
    state.append(
      make("span", { class: "text" }, `again at ${momentText(new Date(startsAgainAt), new Date())}`),
    );
  }
  const place = cell("Agent", agent === undefined ? "–" : name(agent.hostname));
  if (address !== undefined && address !== agent?.hostname) {
    place.append(make("span", { class: "text" }, name(address)));
  }
  place.classList.add("place");
  const taskCell = cell("Task", task === undefined ? "–" : make("code", {}, name(task)));
  taskCell.classList.add("image");
  return make(
    "tr",
    { role: "row" },
    make("th", { scope: "row", role: "rowheader" }, String(slot)),
    state,
    place,
    cell("Ports", ports.length === 0 ? "–" : ports.join(", ")),
    cell("Since", since === undefined ? "–" : momentText(new Date(since), new Date())),
    taskCell,
    make(
      "td",
      { role: "cell" },
      ...(task === undefined ? [] : [make("a", {
        href: `/v1/pods/${encodeURIComponent(pod)}/logs?tail=500&instance=${slot}`,
        "aria-label": `Log of instance ${slot}`,
      }, "Log")]),
    ),
  );
}

/** Why instances have no place. */
export function whyView({ instances }: WhyRecord): HTMLElement[] {
  return waitingGroups(instances).map(({ slots, shortage }) => {
    const box = make(
      "div",
      { class: "why" },
      make("h3", {}, `Why ${slotsText(slots)} ${slots.length === 1 ? "waits" : "wait"}`),
      make("p", {}, shortageText(shortage)),
    );
    if (shortage.lacks.length > 0) {
      box.append(make(
        "ul",
        {},
        ...shortage.lacks.map(({ text, agents }) =>
          make("li", {}, make("strong", {}, countText(agents, "agent")), ": ", name(text))
        ),
      ));
    }
    if (shortage.nearest.length > 0 && shortage.agents > 1) {
      const list = make("dl");
      for (const { agent, lacks } of shortage.nearest) {
        list.append(make("dt", {}, name(agent.hostname)), make("dd", {}, name(lacks.join("; "))));
      }
      box.append(make("p", { class: "quiet" }, "The nearest:"), list);
    }
    return box;
  });
}
