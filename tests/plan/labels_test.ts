import { planUp } from "../../src/plan/up.ts";
import { defaultUpOptions } from "../../src/plan/plan_options.ts";
import { ComposeLabel, Label } from "../../src/pod/labels.ts";
import { assertEquals } from "../support/assert.ts";
import { allThere, anImage, nothingThere, objectOf, placementOf } from "../support/placing.ts";

const text = `
services:
  web: { image: web, ports: ["8080:80", "127.0.0.1:8443:80", "53:53/udp"] }
  db: { image: db }
`;

Deno.test("the label of the image says what a container is made from, and replaces nothing", async () => {
  const { placed } = await placementOf(text, { network: "services" });
  const observed = { ...nothingThere(placed), images: new Map([["web", anImage], ["db", null]]) };
  const made = planUp(placed, observed, { ...defaultUpOptions, start: false }).steps.flatMap((step) =>
    step.kind === "create-container" ? [[step.name, objectOf(step.body["Labels"])[ComposeLabel.image]]] : []
  );
  assertEquals(made, [["shop-db-1", undefined], ["shop-web-1", anImage.id]]);
  assertEquals(planUp(placed, allThere(placed), defaultUpOptions).steps, []);
});

Deno.test("a container whose ports another one publishes says which they are", async () => {
  const labels = async (network: "pod" | "services") => {
    const { placed } = await placementOf(text, { network });
    return placed.containers.map(({ name, body }) => [name, objectOf(body["Labels"])[Label.ports]]);
  };
  assertEquals(await labels("pod"), [
    ["shop_pause", undefined],
    ["shop-db-1", undefined],
    ["shop-web-1", "80/tcp,53/udp"],
  ]);
  assertEquals(await labels("services"), [["shop-db-1", undefined], ["shop-web-1", undefined]]);
});
