import type { WhyRecord } from "../../cluster_record.ts";
import type { ContainerRecord, PodRecord } from "../../pod_record.ts";
import { cell, make, mark, name } from "./elements.ts";
import { instanceTable, whyView } from "./instance_table.ts";
import { containerTitle, portTexts, stateText, toneOfContainer } from "./page_model.ts";

/**
 * All that is known of one pod.
 *
 * @param why of a pod on a cluster, where that was asked for
 */
export function podDetails(pod: PodRecord, why?: WhyRecord): HTMLElement {
  const facts: [string, string][] = [["Spec", pod.file]];
  if (pod.reason !== "") facts.push(["Reason", pod.reason]);
  if (pod.exitCode !== undefined) facts.push(["Exit code", String(pod.exitCode)]);
  if (pod.address !== undefined) facts.push(["Address", pod.address]);
  facts.push(["In this phase since", new Date(pod.since).toLocaleString()]);
  if (pod.problem !== undefined) facts.push(["Spec error", pod.problem.message]);
  const list = make("dl");
  for (const [title, text] of facts) list.append(make("dt", {}, title), make("dd", {}, name(text)));
  const details = make("div", {}, list);
  if (pod.containers.length > 0) details.append(containerTable(pod));
  if (pod.instances !== undefined && pod.instances.length > 0) details.append(instanceTable(pod));
  if (why !== undefined) details.append(...whyView(why));
  return details;
}

/** Its roles are written out: on narrow screens it is laid out as a list, and would be none to a browser then. */
function containerTable(pod: PodRecord): HTMLElement {
  const titles = ["Container", "State", "Health", "Ports", "Restarts", "Image", "Log"];
  const head = titles.map((title) => make("th", { scope: "col", role: "columnheader" }, title));
  return make(
    "div",
    { class: "wide" },
    make(
      "table",
      { class: "containers", role: "table", "aria-label": `Containers of ${pod.name}` },
      make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, ...head)),
      make("tbody", { role: "rowgroup" }, ...pod.containers.map((container) => containerRow(pod, container))),
    ),
  );
}

function containerRow(pod: PodRecord, container: ContainerRecord): HTMLElement {
  const state = cell("State", mark(stateText(container), toneOfContainer(container)));
  if (container.reason !== undefined) state.append(make("span", { class: "text" }, container.reason));
  const title = containerTitle(container);
  const log = make("a", {
    href: `/v1/pods/${encodeURIComponent(pod.name)}/logs?tail=500&container=${
      encodeURIComponent(container.name)
    }`,
    "aria-label": `Log of ${title}`,
  }, "Log");
  const image = cell("Image", make("code", {}, container.image));
  image.classList.add("image");
  return make(
    "tr",
    { role: "row" },
    make("th", { scope: "row", role: "rowheader" }, name(title)),
    state,
    cell("Health", container.health ?? "–"),
    cell("Ports", portTexts([container]).join(", ") || "–"),
    cell("Restarts", String(container.restarts)),
    image,
    make("td", { role: "cell" }, log),
  );
}
