import type { EventRecord } from "../../pod_record.ts";
import { find, make, name } from "./elements.ts";
import { momentText } from "./page_model.ts";

/** Events that are shown; the server has more. */
const shownEvents = 100;

const list = find("event-list");
let waiting: EventRecord[] = [];

/** Adds an event at the top, with the next picture: a thousand that come at once are drawn once. */
export function addEvent(event: EventRecord): void {
  if (waiting.push(event) === 1) requestAnimationFrame(drawEvents);
}

/** Events that nobody can tell any more. */
export function addGap(from: number, to: number): void {
  addEvent({
    number: to,
    time: new Date().toISOString(),
    kind: "operator",
    text: `${to - from + 1} events were too many to be shown`,
  });
}

function drawEvents(): void {
  const items = waiting.slice(-shownEvents).reverse().map(({ time, text }) => {
    const at = new Date(time);
    return make(
      "li",
      {},
      make("time", { datetime: time, title: at.toLocaleString() }, momentText(at, new Date())),
      name(text),
    );
  });
  waiting = [];
  list.prepend(...items);
  while (list.children.length > shownEvents) list.lastElementChild?.remove();
  find("no-events").hidden = true;
}
