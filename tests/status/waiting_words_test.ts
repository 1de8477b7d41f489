import { shortageText, slotsText, waitingGroups } from "../../src/status/waiting_words.ts";
import { assertEquals } from "../support/assert.ts";

const instance = (slot: number) => ({ slot, state: "waiting", ready: false, version: "v", ports: [] });

const shortage = (agents: number, fitting = 0) => ({ agents, fitting, lacks: [], nearest: [] });

Deno.test("slots are told as ranges", () => {
  const table: [number[], string][] = [
    [[0], "instance 0"],
    [[0, 1], "instances 0, 1"],
    [[0, 1, 2, 5], "instances 0 to 2, 5"],
    [[3, 5, 6, 7, 8], "instances 3, 5 to 8"],
  ];
  for (const [slots, expected] of table) assertEquals(slotsText(slots), expected);
});

Deno.test("what agents came to is a sentence", () => {
  assertEquals(shortageText(shortage(0)), "No agent has offered anything yet.");
  assertEquals(shortageText(shortage(1)), "The one agent that offered something will not do.");
  assertEquals(shortageText(shortage(1_200)), "Of 1,200 agents that offered something, none will do.");
  assertEquals(
    shortageText(shortage(3, 2)),
    "Of 3 agents that offered something, 2 will do: one is taken when it offers that again.",
  );
});

Deno.test("instances that wait for the same reason are told together", () => {
  const groups = waitingGroups([
    { ...instance(0), shortage: shortage(3) },
    instance(1),
    { ...instance(2), shortage: shortage(3) },
    { ...instance(3), shortage: shortage(4) },
  ]);
  assertEquals(groups.map(({ slots }) => slots), [[0, 2], [3]]);
});
