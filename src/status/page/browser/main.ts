import { AgentTable } from "./agent_table.ts";
import { masterText } from "./cluster_model.ts";
import { find, setText } from "./elements.ts";
import { addEvent, addGap } from "./event_list.ts";
import { Live } from "./live.ts";
import { countText, needsAttention } from "./page_model.ts";
import { PodTable, summaryOf } from "./pod_table.ts";
import { showProblems } from "./spec_problems.ts";

/** The script of the status page. */

const table = new PodTable();
const agents = new AgentTable();
const connection = find("connection");
const master = find("master");

new Live({
  board(board) {
    const { cluster } = board;
    document.body.classList.toggle("on-cluster", cluster !== undefined);
    find("agents").hidden = cluster === undefined;
    master.hidden = cluster === undefined;
    if (cluster !== undefined) {
      master.className = `mark ${cluster.connected ? "good" : "bad"}`;
      setText(master, masterText(cluster));
    }
    table.show(board);
    showProblems(board);
    setText(find("summary"), summaryOf(board));
    const attention = board.pods.filter(needsAttention).length;
    document.title = attention > 0
      ? `(${attention}) mesolet`
      : `mesolet: ${countText(board.pods.length, "pod")}`;
  },
  agents(record) {
    agents.show(record);
  },
  event: addEvent,
  gap: addGap,
  connection(state, text) {
    connection.dataset["state"] = state;
    setText(connection, text);
  },
});

setInterval(() => {
  table.tick(Date.now());
  agents.tick(Date.now());
}, 10_000);
