import { signalChild } from "../../scripts/engine/signal_child.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("a signal reaches a child, and one that has ended is left alone", async () => {
  const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
  signalChild(child, "SIGTERM");
  assertEquals((await child.status).signal, "SIGTERM");
  signalChild(child, "SIGTERM");
});
