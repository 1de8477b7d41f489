import { StatusMetrics } from "../../src/status/metrics.ts";
import { assertEquals } from "../support/assert.ts";
import { FakeBoard } from "./fake_board.ts";
import { fullCluster } from "./fake_cluster.ts";
import { parseMetrics } from "./parse_metrics.ts";

Deno.test("a cluster has the metrics that the documentation promises, and one host has none of them", async () => {
  const metrics = new StatusMetrics("1.2.3");
  const without = parseMetrics(await metrics.text(new FakeBoard()));
  const { board, cluster } = fullCluster();
  cluster.counts = {
    offers: { received: 5, accepted: 2, declined: 3 },
    launches: 2,
    updates: new Map([["TASK_RUNNING", 4]]),
    answers: 7,
    refused: 1,
  };
  // Asked twice: what was counted elsewhere is not counted anew.
  await metrics.text(board);
  const families = parseMetrics(await metrics.text(board));
  const added = [...families.keys()].filter((name) => !without.has(name)).sort();
  const value = (name: string, labels = "") => families.get(name)?.samples.get(`${name}{${labels}}`);
  assertEquals(added, [
    "mesolet_agents",
    "mesolet_calls_refused_total",
    "mesolet_instances",
    "mesolet_instances_ready",
    "mesolet_master_connected",
    "mesolet_offers_total",
    "mesolet_reconciliation_answers_total",
    "mesolet_status_updates_total",
    "mesolet_task_launches_total",
  ]);
  assertEquals(value("mesolet_master_connected"), 1);
  assertEquals(value("mesolet_agents", 'state="known"'), 1);
  assertEquals(value("mesolet_agents", 'state="unreachable"'), 0);
  assertEquals(value("mesolet_instances", 'state="waiting"'), 1);
  assertEquals(value("mesolet_instances", 'state="running"'), 1);
  assertEquals(value("mesolet_instances", 'state="stopping"'), 0);
  assertEquals(value("mesolet_instances_ready"), 1);
  assertEquals(value("mesolet_offers_total", 'result="received"'), 5);
  assertEquals(value("mesolet_offers_total", 'result="declined"'), 3);
  assertEquals(value("mesolet_task_launches_total"), 2);
  assertEquals(value("mesolet_status_updates_total", 'state="TASK_RUNNING"'), 4);
  assertEquals(value("mesolet_reconciliation_answers_total"), 7);
  assertEquals(value("mesolet_calls_refused_total"), 1);
  const text = await Deno.readTextFile(new URL("../../docs/operator-http.md", import.meta.url));
  for (const name of added) assertEquals(text.includes(`\`${name}`), true, name);
  cluster.master = { connected: false };
  assertEquals(
    parseMetrics(await metrics.text(board)).get("mesolet_master_connected")?.samples.get(
      "mesolet_master_connected{}",
    ),
    0,
  );
});
