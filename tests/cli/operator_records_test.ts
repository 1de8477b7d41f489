import { readInstance } from "../../src/cli/operator_records.ts";
import { objectOf } from "../../src/pod/json.ts";
import { instanceRecordOf } from "../../src/status/pod_record.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("operator records: an instance is read as it was written, with the tasks of a native pod", () => {
  const record = instanceRecordOf({
    slot: 1,
    state: "running",
    ready: false,
    version: "4f1c",
    task: "shop.1.4f1c.r1",
    agent: { id: "S1", hostname: "one.example" },
    ports: [8080],
    why: "db-1: no answer",
    tasks: [
      { container: "web-1", task: "shop.1.4f1c.r1.web-1", state: "running", healthy: true },
      { container: "db-1", task: "shop.1.4f1c.r1.db-1", state: "running", healthy: false, why: "no answer" },
    ],
  });
  assertEquals(record.tasks?.[1], {
    container: "db-1",
    task: "shop.1.4f1c.r1.db-1",
    state: "running",
    healthy: false,
    reason: "no answer",
  });
  assertEquals(readInstance(objectOf(JSON.parse(JSON.stringify(record)))), record);
});
