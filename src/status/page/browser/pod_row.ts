import type { PodRecord } from "../../pod_record.ts";
import { make, mark, name, setText } from "./elements.ts";
import { ageText, healthOf, portTexts, restartsOf, runningText, toneOfPod } from "./page_model.ts";
import { podDetails } from "./pod_details.ts";

let rows = 0;

/** One pod in the table: a line, and its details below when it is opened. What has the focus keeps it. */
export class PodRow {
  readonly line = make("tr", { class: "pod" });
  readonly details = make("tr", { class: "details" });
  readonly #button: HTMLButtonElement;
  readonly #cells = {
    phase: make("td"),
    running: make("td", { class: "nowrap" }),
    health: make("td", { class: "roomy" }),
    ports: make("td", { class: "roomy" }),
    restarts: make("td", { class: "number" }),
    since: make("td", { class: "roomy nowrap" }),
  };
  readonly #age = make("time");
  #shown = "";
  #pod: PodRecord;

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
    const { phase, running, health, ports, restarts } = this.#cells;
    phase.replaceChildren(mark(pod.phase, toneOfPod(pod)));
    if (pod.phase !== "running" && pod.reason !== "") {
      phase.append(make("span", { class: "text" }, pod.reason));
    }
    if (pod.problem !== undefined) phase.append(make("p", { class: "text bad" }, "its spec has an error"));
    setText(running, runningText(pod));
    const judged = healthOf(pod);
    health.replaceChildren(judged === undefined ? "–" : mark(judged.text, judged.tone));
    setText(ports, portTexts(pod.containers).join(", ") || "–");
    setText(restarts, String(restartsOf(pod)));
    this.#age.dateTime = pod.since;
    this.#age.title = new Date(pod.since).toLocaleString();
    this.tick(Date.now());
    this.#fillDetails();
  }

  /** Shows how long ago that was by now. */
  tick(now: number): void {
    setText(this.#age, ageText(this.#pod.since, now));
  }

  #fillDetails(): void {
    if (!this.isOpen) return this.details.replaceChildren();
    const links = [...this.details.querySelectorAll("a")];
    const focused = links.findIndex((link) => link === document.activeElement);
    this.details.replaceChildren(make("td", { colspan: "7" }, podDetails(this.#pod)));
    if (focused >= 0) this.details.querySelectorAll("a")[focused]?.focus();
  }
}
