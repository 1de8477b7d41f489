import {
  chosenAgents,
  cpusText,
  hostsText,
  mebibytesText,
  readyText,
} from "../../src/status/page/browser/cluster_model.ts";
import { assertEquals } from "../support/assert.ts";

const instance = (slot: number, hostname?: string, ready = true) => ({
  slot,
  state: "running",
  ready,
  version: "v",
  ports: [],
  ...(hostname === undefined ? {} : { agent: { id: hostname, hostname } }),
});

Deno.test("amounts are never told as more than they are", () => {
  assertEquals([0.999, 0.004, 12].map(cpusText), ["0.99", "0", "12"]);
  assertEquals([0, 512.9, 1024, 10_239, 2_097_152].map(mebibytesText), [
    "0 MiB",
    "512 MiB",
    "1 GiB",
    "9.9 GiB",
    "2,048 GiB",
  ]);
});

Deno.test("a slot with two tasks is one instance, and hosts are told once", () => {
  const instances = [instance(0, "b"), instance(0, "a", false), instance(1, "b"), instance(2)];
  assertEquals(readyText(instances), "3 of 3");
  assertEquals(hostsText(instances), "a, b");
  assertEquals(hostsText([instance(0)]), "–");
  assertEquals(hostsText(["d", "c", "b", "a"].map((host, slot) => instance(slot, host))), "a, b and 2 more");
});

Deno.test("agents are found by name, trait, state and pod", () => {
  const agent = (id: string, state: string, rack: string, pod: string) => ({
    id,
    hostname: `${id}.example`,
    attributes: [{ name: "rack", values: [rack] }],
    state,
    tasks: [{ pod, slot: 0, task: "t", state: "running" }],
  });
  const agents = [agent("a", "known", "r1", "web"), agent("b", "leaving", "r2", "db")];
  const table: [string, string][] = [
    ["", "a b"],
    ["EXAMPLE", "a b"],
    ["rack: r1", "a"],
    ["leaving", "b"],
    ["db b.example", "b"],
    ["db a.example", ""],
  ];
  for (const [filter, expected] of table) {
    assertEquals(chosenAgents(agents, filter).map(({ id }) => id).join(" "), expected, filter);
  }
});
