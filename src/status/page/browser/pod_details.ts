/// <reference lib="dom" />
import type { ContainerRecord, PodRecord } from "../../pod_record.ts";
import { make, mark, name } from "./elements.ts";
import { containerTitle, portTexts, stateText, toneOfContainer } from "./page_model.ts";

/** All that is known of one pod. */
export function podDetails(pod: PodRecord): HTMLElement {
  const facts: [string, string][] = [["Spec", pod.file]];
  if (pod.reason !== "") facts.push(["Reason", pod.reason]);
  if (pod.exitCode !== undefined) facts.push(["Exit code", String(pod.exitCode)]);
  if (pod.address !== undefined) facts.push(["Address", pod.address]);
  facts.push([`In this phase since`, new Date(pod.since).toLocaleString()]);
  if (pod.problem !== undefined) facts.push(["Spec error", pod.problem.message]);
  const list = make("dl");
  for (const [title, text] of facts) list.append(make("dt", {}, title), make("dd", {}, name(text)));
  const details = make("div", {}, list);
  if (pod.containers.length > 0) details.append(containerTable(pod));
  return details;
}

function containerTable(pod: PodRecord): HTMLElement {
  const titles = ["Container", "State", "Health", "Ports", "Restarts", "Image", "Log"];
  const head = make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, title)));
  return make(
    "div",
    { class: "wide" },
    make(
      "table",
      { "aria-label": `Containers of ${pod.name}` },
      make("thead", {}, head),
      make("tbody", {}, ...pod.containers.map((container) => containerRow(pod, container))),
    ),
  );
}

function containerRow(pod: PodRecord, container: ContainerRecord): HTMLElement {
  const state = make("td", {}, mark(stateText(container), toneOfContainer(container)));
  if (container.reason !== undefined) state.append(make("span", { class: "text" }, container.reason));
  const title = containerTitle(container);
  const log = make("a", {
    href: `/v1/pods/${encodeURIComponent(pod.name)}/logs?tail=500&container=${
      encodeURIComponent(container.name)
    }`,
    "aria-label": `Log of ${title}`,
  }, "Log");
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, name(title)),
    state,
    make("td", {}, container.health ?? "–"),
    make("td", {}, portTexts([container]).join(", ") || "–"),
    make("td", { class: "number" }, String(container.restarts)),
    make("td", {}, make("code", {}, container.image)),
    make("td", {}, log),
  );
}
