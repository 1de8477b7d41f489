import type { BoardRecord, PodRecord } from "../../pod_record.ts";
import { find, make, setDisabled, setText } from "./elements.ts";
import {
  type Choice,
  chosenPods,
  countChoices,
  countText,
  isSameChoice,
  needsAttention,
  podsOnPage,
} from "./page_model.ts";
import { PodRow } from "./pod_row.ts";

/** The table of pods with its filter and its pages: as many rows are in the document as one page has. */
export class PodTable {
  readonly #rows = new Map<string, PodRow>();
  readonly #opened = new Set<string>();
  readonly #body = find("rows");
  readonly #table = find("pod-table");
  readonly #filter = find("filter") as HTMLInputElement;
  #board: BoardRecord | undefined;
  #choice: Choice = "all";
  #page = 0;

  constructor() {
    this.#filter.addEventListener("input", () => this.#choose());
    find("previous").addEventListener("click", () => this.#turn(-1));
    find("next").addEventListener("click", () => this.#turn(1));
  }

  show(board: BoardRecord): void {
    this.#board = board;
    this.#draw();
  }

  tick(now: number): void {
    for (const row of this.#rows.values()) row.tick(now);
  }

  #choose(): void {
    this.#page = 0;
    this.#draw();
    // Said aloud because a person asked for it; what changes by itself is not.
    const found = this.#chosen().length;
    setText(find("found"), this.#isNarrowed() ? `${countText(found, "pod")} found` : "");
  }

  #turn(by: number): void {
    this.#page += by;
    this.#draw();
    find("pods-heading").scrollIntoView({ block: "nearest" });
  }

  #isNarrowed(): boolean {
    return this.#filter.value.trim() !== "" || this.#choice !== "all";
  }

  #chosen(): PodRecord[] {
    return chosenPods(this.#board?.pods ?? [], this.#choice, this.#filter.value);
  }

  #draw(): void {
    const board = this.#board;
    if (board === undefined) return;
    this.#drawChoices(board);
    setText(find("running-title"), board.cluster === undefined ? "Running" : "Ready");
    const chosen = this.#chosen();
    const pages = Math.max(1, Math.ceil(chosen.length / podsOnPage));
    this.#page = Math.min(Math.max(0, this.#page), pages - 1);
    const first = this.#page * podsOnPage;
    this.#drawRows(chosen.slice(first, first + podsOnPage));
    find("pages").hidden = pages === 1;
    setText(
      find("page"),
      `${first + 1} to ${Math.min(first + podsOnPage, chosen.length)} of ${
        chosen.length.toLocaleString("en")
      }`,
    );
    setDisabled("previous", this.#page === 0, "pods-heading");
    setDisabled("next", this.#page === pages - 1, "pods-heading");
    const none = find("none");
    none.hidden = chosen.length > 0;
    setText(none, whyNone(board));
    this.#table.hidden = board.pods.length === 0;
  }

  /** Rows stay the elements that they are: what has the focus keeps it, and what did not change is not drawn. */
  #drawRows(pods: readonly PodRecord[]): void {
    const wanted = new Set(pods.map(({ name }) => name));
    for (const [name, row] of this.#rows) {
      if (wanted.has(name)) continue;
      row.line.remove();
      row.details.remove();
      this.#rows.delete(name);
    }
    let next: Element | null = this.#body.firstElementChild;
    for (const pod of pods) {
      let row = this.#rows.get(pod.name);
      if (row === undefined) {
        row = new PodRow(pod, (open) => open ? this.#opened.add(pod.name) : this.#opened.delete(pod.name));
        row.isOpen = this.#opened.has(pod.name);
        this.#rows.set(pod.name, row);
      } else row.update(pod);
      if (next === row.line) next = row.details.nextElementSibling;
      else this.#body.insertBefore(row.line, next), this.#body.insertBefore(row.details, next);
    }
  }

  #drawChoices(board: BoardRecord): void {
    const box = find("phases");
    const choices = countChoices(board.pods);
    // A phase that was chosen stays, so that it can be left.
    if (
      !choices.some(({ choice }) => isSameChoice(choice, this.#choice)) && typeof this.#choice === "object"
    ) {
      choices.push({ choice: this.#choice, title: this.#choice.phase, count: 0 });
    }
    box.hidden = board.pods.length === 0;
    choices.forEach(({ choice, title, count }, index) => {
      let button = box.children[index];
      if (!(button instanceof HTMLButtonElement)) {
        button = make("button", { type: "button" });
        box.append(button);
      }
      const made = button as HTMLButtonElement;
      setText(made, `${title} ${count.toLocaleString("en")}`);
      made.setAttribute("aria-pressed", String(isSameChoice(choice, this.#choice)));
      made.onclick = () => {
        this.#choice = choice;
        this.#choose();
      };
    });
    while (box.children.length > choices.length) box.lastElementChild?.remove();
  }
}

/** The head line: how many pods there are, and whether somebody should look. */
export function summaryOf(board: BoardRecord): string {
  const attention = board.pods.filter(needsAttention).length;
  const parts = [countText(board.pods.length, "pod")];
  if (attention > 0) {
    parts.push(`${attention.toLocaleString("en")} ${attention === 1 ? "needs" : "need"} attention`);
  }
  if (!board.ready) {
    parts.push(board.waitsFor === undefined ? "specs are being read" : `waits for the ${awaited(board)}`);
  }
  return `${parts.join(", ")} · mesolet ${board.mesolet}`;
}

function awaited({ awaits }: BoardRecord): string {
  return awaits ?? "engine";
}

function whyNone(board: BoardRecord): string {
  if (board.pods.length > 0) return "No pod is like that.";
  if (board.waitsFor !== undefined) {
    return `The operator waits for the ${awaited(board)}: ${board.waitsFor}`;
  }
  if (!board.ready) return "The specs are being read.";
  return "There are no pods. Put a spec into a directory that is watched, and it appears here.";
}
