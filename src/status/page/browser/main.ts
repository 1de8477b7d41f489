import { find, setText } from "./elements.ts";
import { addEvent, addGap } from "./event_list.ts";
import { Live } from "./live.ts";
import { countText, needsAttention } from "./page_model.ts";
import { PodTable, summaryOf } from "./pod_table.ts";
import { showProblems } from "./spec_problems.ts";

/** The script of the status page. */

const table = new PodTable();
const connection = find("connection");

new Live({
  board(board) {
    table.show(board);
    showProblems(board);
    setText(find("summary"), summaryOf(board));
    const attention = board.pods.filter(needsAttention).length;
    document.title = attention > 0
      ? `(${attention}) mesolet`
      : `mesolet: ${countText(board.pods.length, "pod")}`;
  },
  event: addEvent,
  gap: addGap,
  connection(state, text) {
    connection.dataset["state"] = state;
    setText(connection, text);
  },
});

setInterval(() => table.tick(Date.now()), 10_000);
