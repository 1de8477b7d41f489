import type { WhyRecord } from "../../cluster_record.ts";
import type { PodRecord } from "../../pod_record.ts";
import { make, mark, name, setText } from "./elements.ts";
import {
  agentsOf,
  ageText,
  healthOf,
  needsAttention,
  portTexts,
  restartsOf,
  runningText,
  toneOfPod,
} from "./page_model.ts";
import { podDetails } from "./pod_details.ts";
import { RepeatedAsk } from "./repeated_ask.ts";

/** Milliseconds. */
const betweenWhys = 2_000;

let rows = 0;

/** One pod in the table: a line, and its details below when it is opened. What has the focus keeps it. */
export class PodRow {
  readonly line = make("tr", { class: "pod" });
  readonly details = make("tr", { class: "details" });
  readonly #button: HTMLButtonElement;
  readonly #cells = {
    phase: make("td"),
    running: make("td", { class: "nowrap" }),
    health: make("td", { class: "roomy here" }),
    ports: make("td", { class: "roomy here" }),
    restarts: make("td", { class: "number here" }),
    agents: make("td", { class: "roomy there" }),
    since: make("td", { class: "roomy nowrap" }),
  };
  readonly #age = make("time");
  #shown = "";
  #pod: PodRecord;
  #asked: RepeatedAsk<WhyRecord> | undefined;
  #why: WhyRecord | undefined;

  constructor(pod: PodRecord, onToggle: (open: boolean) => void) {
    this.#pod = pod;
    this.details.id = `details-${++rows}`;
    this.#button = make("button", {
      type: "button",
      class: "open",
      "aria-expanded": "false",
      "aria-controls": this.details.id,
    }, name(pod.name));
    this.#button.addEventListener("click", () => {
      this.isOpen = !this.isOpen;
      onToggle(this.isOpen);
    });
    this.#cells.since.append(this.#age);
    this.line.append(make("th", { scope: "row" }, this.#button), ...Object.values(this.#cells));
    this.details.hidden = true;
    this.update(pod);
  }

  get isOpen(): boolean {
    return !this.details.hidden;
  }

  set isOpen(open: boolean) {
    if (open === this.isOpen) return;
    this.details.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
    this.#fillDetails();
  }

  /** Shows what is known now. */
  update(pod: PodRecord): void {
    const text = JSON.stringify({ ...pod, observedAt: "" });
    if (text === this.#shown) return;
    this.#shown = text;
    this.#pod = pod;
    const { phase, running, health, ports, restarts, agents } = this.#cells;
    phase.replaceChildren(mark(pod.phase, toneOfPod(pod)));
    // What does not run of a pod on a cluster is told although others of it run.
    const tells = pod.phase !== "running" || (pod.instances !== undefined && needsAttention(pod));
    if (tells && pod.reason !== "") {
      phase.append(make("span", { class: "text" }, pod.reason));
    }
    if (pod.problem !== undefined) phase.append(make("p", { class: "text bad" }, "its spec has an error"));
    setText(running, runningText(pod));
    const judged = healthOf(pod);
    health.replaceChildren(judged === undefined ? "–" : mark(judged.text, judged.tone));
    setText(ports, portTexts(pod.containers).join(", ") || "–");
    setText(restarts, String(restartsOf(pod)));
    agents.replaceChildren(name(agentsOf(pod)));
    this.#age.dateTime = pod.since;
    this.#age.title = new Date(pod.since).toLocaleString();
    this.tick(Date.now());
    this.#fillDetails();
  }

  /** Shows how long ago that was by now. */
  tick(now: number): void {
    setText(this.#age, ageText(this.#pod.since, now));
    if (this.isOpen) this.#askWhy();
  }

  /** Asks why instances have no place; agents change their minds without a word. */
  #askWhy(): void {
    if (!(this.#pod.instances ?? []).some(({ state }) => state === "waiting")) {
      this.#why = undefined;
      return;
    }
    this.#asked ??= new RepeatedAsk(
      `/v1/pods/${encodeURIComponent(this.#pod.name)}/why`,
      betweenWhys,
      false,
      (why: WhyRecord) => {
        if (JSON.stringify(why) === JSON.stringify(this.#why)) return;
        this.#why = why;
        this.#drawDetails();
      },
    );
    this.#asked.ask();
  }

  #fillDetails(): void {
    if (!this.isOpen) {
      this.#why = undefined;
      return this.details.replaceChildren();
    }
    this.#askWhy();
    this.#drawDetails();
  }

  #drawDetails(): void {
    if (!this.isOpen) return;
    const links = [...this.details.querySelectorAll("a")];
    const focused = links.findIndex((link) => link === document.activeElement);
    this.details.replaceChildren(make("td", { colspan: "7" }, podDetails(this.#pod, this.#why)));
    if (focused >= 0) this.details.querySelectorAll("a")[focused]?.focus();
  }
}
