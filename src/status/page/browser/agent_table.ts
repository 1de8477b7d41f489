import type { AgentRecord, AgentsRecord } from "../../cluster_record.ts";
import { AgentRow } from "./agent_row.ts";
import { chosenAgents } from "./cluster_model.ts";
import { find, setDisabled, setText } from "./elements.ts";
import { countText } from "./page_model.ts";

/** Agents on one page of the table. */
export const agentsOnPage = 25;

/** The table of agents with its filter and its pages. */
export class AgentTable {
  readonly #rows = new Map<string, AgentRow>();
  readonly #opened = new Set<string>();
  readonly #body = find("agent-rows");
  readonly #filter = find("agent-filter") as HTMLInputElement;
  #agents: readonly AgentRecord[] = [];
  #page = 0;

  constructor() {
    this.#filter.addEventListener("input", () => {
      this.#page = 0;
      this.#draw();
      // Said aloud because a person asked for it.
      const found = chosenAgents(this.#agents, this.#filter.value).length;
      setText(
        find("agents-found"),
        this.#filter.value.trim() === "" ? "" : `${countText(found, "agent")} found`,
      );
    });
    find("agents-previous").addEventListener("click", () => this.#turn(-1));
    find("agents-next").addEventListener("click", () => this.#turn(1));
  }

  show({ agents }: AgentsRecord): void {
    this.#agents = agents;
    this.#draw();
  }

  tick(now: number): void {
    for (const row of this.#rows.values()) row.tick(now);
  }

  #turn(by: number): void {
    this.#page += by;
    this.#draw();
    find("agents-heading").scrollIntoView({ block: "nearest" });
  }

  #draw(): void {
    const chosen = chosenAgents(this.#agents, this.#filter.value);
    const pages = Math.max(1, Math.ceil(chosen.length / agentsOnPage));
    this.#page = Math.min(Math.max(0, this.#page), pages - 1);
    const first = this.#page * agentsOnPage;
    this.#drawRows(chosen.slice(first, first + agentsOnPage));
    find("agent-pages").hidden = pages === 1;
    setText(
      find("agent-page"),
      `${first + 1} to ${Math.min(first + agentsOnPage, chosen.length)} of ${
        chosen.length.toLocaleString("en")
      }`,
    );
    setDisabled("agents-previous", this.#page === 0, "agents-heading");
    setDisabled("agents-next", this.#page === pages - 1, "agents-heading");
    const none = find("no-agents");
    none.hidden = chosen.length > 0;
    setText(
      none,
      this.#agents.length > 0
        ? "No agent is like that."
        : "No agent has offered anything since the operator began.",
    );
    find("agent-table").hidden = this.#agents.length === 0;
  }

  /** Rows stay the elements that they are: what has the focus keeps it, and what did not change is not drawn. */
  #drawRows(agents: readonly AgentRecord[]): void {
    const wanted = new Set(agents.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.line.remove();
      row.details.remove();
      this.#rows.delete(id);
    }
    let next: Element | null = this.#body.firstElementChild;
    for (const agent of agents) {
      let row = this.#rows.get(agent.id);
      if (row === undefined) {
        row = new AgentRow(
          agent,
          (open) => open ? this.#opened.add(agent.id) : this.#opened.delete(agent.id),
        );
        row.isOpen = this.#opened.has(agent.id);
        this.#rows.set(agent.id, row);
      } else row.update(agent);
      if (next === row.line) next = row.details.nextElementSibling;
      else this.#body.insertBefore(row.line, next), this.#body.insertBefore(row.details, next);
    }
  }
}
