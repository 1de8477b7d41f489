import type { AgentRecord } from "../../cluster_record.ts";
import {
  agentText,
  cpusText,
  instanceText,
  mebibytesText,
  toneOfAgent,
  traitsText,
} from "./cluster_model.ts";
import { make, mark, name, setText } from "./elements.ts";
import { ageText, countText, type Tone } from "./page_model.ts";

let rows = 0;

/** One agent in the table: a line, and its tasks below when it is opened. What has the focus keeps it. */
export class AgentRow {
  readonly line = make("tr", { class: "agent" });
  readonly details = make("tr", { class: "details" });
  readonly #button: HTMLButtonElement;
  readonly #traits = make("span", { class: "text" });
  readonly #cells = {
    state: make("td"),
    tasks: make("td", { class: "number" }),
    cpus: make("td", { class: "number roomy" }),
    memory: make("td", { class: "number nowrap roomy" }),
    ports: make("td", { class: "number roomy" }),
    offered: make("td", { class: "roomy nowrap" }),
  };
  #shown = "";
  #agent: AgentRecord;

  constructor(agent: AgentRecord, onToggle: (open: boolean) => void) {
    this.#agent = agent;
    this.details.id = `tasks-${++rows}`;
    this.#button = make("button", {
      type: "button",
      class: "open",
      "aria-expanded": "false",
      "aria-controls": this.details.id,
    }, name(agent.hostname));
    this.#button.addEventListener("click", () => {
      this.isOpen = !this.isOpen;
      onToggle(this.isOpen);
    });
    this.line.append(
      make("th", { scope: "row" }, this.#button, this.#traits),
      ...Object.values(this.#cells),
    );
    this.details.hidden = true;
    this.update(agent);
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
  update(agent: AgentRecord): void {
    const text = JSON.stringify(agent);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#agent = agent;
    const { state, tasks, cpus, memory, ports } = this.#cells;
    const { offered } = agent;
    setText(this.#traits, traitsText(agent));
    state.replaceChildren(mark(agentText(agent), toneOfAgent(agent)));
    setText(tasks, agent.tasks.length.toLocaleString("en"));
    setText(cpus, offered === undefined ? "–" : cpusText(offered.cpus));
    setText(memory, offered === undefined ? "–" : mebibytesText(offered.memory));
    setText(ports, offered === undefined ? "–" : offered.ports.toLocaleString("en"));
    this.tick(Date.now());
    this.#fillDetails();
  }

  /** Shows how long ago its offer was by now. */
  tick(now: number): void {
    const { offered } = this.#agent;
    setText(this.#cells.offered, offered === undefined ? "–" : `${ageText(offered.at, now)} ago`);
  }

  #fillDetails(): void {
    if (!this.isOpen) return this.details.replaceChildren();
    const { tasks, id, offered } = this.#agent;
    const facts = make("dl", {}, make("dt", {}, "Id"), make("dd", {}, make("code", {}, name(id))));
    if (offered !== undefined) {
      const { cpus, memory, disk, gpus, ports } = offered;
      facts.append(
        make("dt", {}, "Free"),
        make(
          "dd",
          {},
          [
            `${cpusText(cpus)} CPUs`,
            `${mebibytesText(memory)} memory`,
            `${mebibytesText(disk)} disk`,
            ...(gpus > 0 ? [`${cpusText(gpus)} GPUs`] : []),
            countText(ports, "port"),
          ].join(", "),
        ),
        make("dt", {}, "Offered"),
        make("dd", {}, `${new Date(offered.at).toLocaleString()} to ${offered.roles.join(", ")}`),
      );
    }
    const list = tasks.length === 0 ? make("p", { class: "quiet" }, "No tasks of ours are there.") : make(
      "ul",
      { class: "tasks", "aria-label": "Tasks" },
      ...tasks.map(({ pod, slot, state }) =>
        make(
          "li",
          {},
          name(`${pod} ${slot}`),
          " ",
          mark(instanceText({ state, ready: true }), toneOfTask(state)),
        )
      ),
    );
    this.details.replaceChildren(make("td", { colspan: "7" }, facts, list));
  }
}

/** Whether a task is ready is not told with its agent: one that runs is good. */
function toneOfTask(state: string): Tone {
  return state === "running" ? "good" : state === "unreachable" ? "bad" : "busy";
}
