import { StatusMetrics } from "../../src/status/metrics.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";
import { FakeBoard, podEntry, specProblem } from "./fake_board.ts";
import { parseMetrics } from "./parse_metrics.ts";

Deno.test("metrics have the names, types and labels that the documentation promises", async () => {
  const metrics = new StatusMetrics("1.2.3");
  const board = new FakeBoard();
  board.entries = [
    podEntry("web", { containers: [{ restarts: 3 }, { number: 2, restarts: 4 }] }),
    podEntry("old", { status: { phase: "failed" }, containers: [] }),
    podEntry("new", { containers: [{ name: "db" }] }),
  ];
  board.wrong = [
    specProblem("/etc/pods/bad.yaml"),
    specProblem("/etc/pods/odd.yaml", { problem: { severity: "warning", message: "is odd", path: "" } }),
  ];
  metrics.reconciled(40);
  metrics.reconciled(700);
  metrics.pulled(61_000);
  metrics.watchMissed();
  metrics.engineCall("list", true);
  metrics.engineCall("list", true);
  metrics.engineCall("create", false);

  const families = parseMetrics(await metrics.text(board));
  const value = (name: string, labels = "") => families.get(name)?.samples.get(`${name}{${labels}}`);
  assertEquals(
    [...families].map(([name, { type }]) => `${name} ${type}`).sort(),
    [
      "mesolet_build_info gauge",
      "mesolet_container_restarts_total counter",
      "mesolet_engine_calls_total counter",
      "mesolet_pods gauge",
      "mesolet_pull_seconds histogram",
      "mesolet_reconcile_seconds histogram",
      "mesolet_spec_errors gauge",
      "mesolet_watch_misses_total counter",
    ],
  );
  assertEquals(value("mesolet_build_info", 'version="1.2.3"'), 1);
  assertEquals(value("mesolet_pods", 'phase="running"'), 2);
  assertEquals(value("mesolet_pods", 'phase="failed"'), 1);
  assertEquals(value("mesolet_pods", 'phase="pulling"'), 0);
  assertEquals(value("mesolet_spec_errors"), 1);
  assertEquals(value("mesolet_container_restarts_total", 'container="api",pod="web"'), 3);
  assertEquals(value("mesolet_container_restarts_total", 'container="api-2",pod="web"'), 4);
  assertEquals(value("mesolet_container_restarts_total", 'container="db",pod="new"'), 0);
  assertEquals(value("mesolet_watch_misses_total"), 1);
  assertEquals(value("mesolet_engine_calls_total", 'kind="list",result="ok"'), 2);
  assertEquals(value("mesolet_engine_calls_total", 'kind="create",result="error"'), 1);
  const reconciled = families.get("mesolet_reconcile_seconds")?.samples;
  assertEquals(reconciled?.get("mesolet_reconcile_seconds_count{}"), 2);
  assertEquals(reconciled?.get("mesolet_reconcile_seconds_sum{}"), 0.74);
  assertEquals(reconciled?.get('mesolet_reconcile_seconds_bucket{le="0.05"}'), 1);
  assertEquals(
    families.get("mesolet_pull_seconds")?.samples.get('mesolet_pull_seconds_bucket{le="120"}'),
    1,
  );
});

Deno.test("the series of a pod that is gone go with it", async () => {
  const metrics = new StatusMetrics("1");
  const board = new FakeBoard();
  board.entries = [podEntry("web", { containers: [{ restarts: 3 }] })];
  await metrics.text(board);
  board.entries = [];
  const restarts = parseMetrics(await metrics.text(board)).get("mesolet_container_restarts_total");
  assertEquals(restarts?.samples.size ?? 0, 0);
});

Deno.test("names that others chose cannot break out of a label", async () => {
  const metrics = new StatusMetrics("1");
  const board = new FakeBoard();
  const hostile = 'a"} 1\nmesolet_pods{phase="\\';
  board.entries = [podEntry(hostile, { containers: [{ name: "ä\\n" }] })];
  const families = parseMetrics(await metrics.text(board));
  assertEquals(families.get("mesolet_container_restarts_total")?.labels, [{
    pod: hostile,
    container: "ä\\n",
  }]);
});

Deno.test("the parser of these tests is strict", () => {
  const cases = [
    "mesolet_x 1\n",
    "# TYPE mesolet_x gauge\nmesolet_x 1",
    "# TYPE mesolet_x gauge\nmesolet_x one\n",
    '# TYPE mesolet_x gauge\nmesolet_x{a="1" b="2"} 1\n',
    '# TYPE mesolet_x gauge\nmesolet_x{a="\\q"} 1\n',
    "# TYPE mesolet_x gauge\nmesolet_x 1\nmesolet_x 1\n",
    "# TYPE mesolet_x histogram\nmesolet_x_sum 1\nmesolet_x_count 1\n",
    "# TYPE mesolet_x gauge\n# TYPE mesolet_x gauge\nmesolet_x 1\n",
    "# TYPE mesolet_x counter\nmesolet_x 1\n",
  ];
  for (const text of cases) assertThrows(() => parseMetrics(text), Error);
});
