import { readOffers } from "../../../../src/mesos/framework/offline/read_offers.ts";
import { MesoletError } from "../../../../src/pod/errors.ts";
import { assertEquals, assertThrows } from "../../../support/assert.ts";

const cpus = (value: unknown) => ({ name: "cpus", type: "SCALAR", scalar: { value } });
const offer = (agent: string, value: unknown = 4, more: Record<string, unknown> = {}) => ({
  agent_id: { value: agent },
  hostname: `${agent}.example`,
  resources: [cpus(value)],
  ...more,
});
const event = (...offers: unknown[]) => ({ type: "OFFERS", offers: { offers } });

function agents(text: string): string[] {
  return readOffers(text).offers.map(({ agent_id, resources = [] }) =>
    `${agent_id.value} ${resources[0]?.scalar?.value}`
  );
}

Deno.test("offers are read in every form that people have them in", () => {
  const forms: unknown[] = [
    event(offer("a"), offer("b")),
    { offers: [offer("a"), offer("b")] },
    { offers: { offers: [offer("a"), offer("b")] } },
    [offer("a"), offer("b")],
    [event(offer("a")), event(offer("b"))],
  ];
  for (const form of forms) {
    for (const space of [undefined, 2]) {
      assertEquals(agents(JSON.stringify(form, undefined, space)), ["a 4", "b 4"], JSON.stringify(form));
    }
  }
  assertEquals(agents('{"offers":[]}'), []);
});

Deno.test("of recorded events the last offers of each agent and role count, and the master's region is known", () => {
  const domain = { fault_domain: { region: { name: "eu" }, zone: { name: "eu-1" } } };
  const lines = [
    { at_ms: 0, kind: "note", text: "a note" },
    {
      at_ms: 1,
      body: {
        type: "SUBSCRIBED",
        subscribed: {
          framework_id: { value: "f" },
          master_info: { id: "m", ip: 1, port: 5050, hostname: "m", domain },
        },
      },
    },
    { at_ms: 2, body: { type: "HEARTBEAT" } },
    { at_ms: 3, body: event(offer("a", 4), offer("b", 4)) },
    { at_ms: 4, body: event(offer("a", 2), offer("a", 1, { allocation_info: { role: "web" } })) },
  ];
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  assertEquals(agents(text), ["a 2", "b 4", "a 1"]);
  assertEquals(readOffers(`${text}\n\n`).region, "eu");
  assertEquals(agents(`${JSON.stringify(event(offer("a")))}\n{"type":"HEARTBEAT"}`), ["a 4"]);
});

Deno.test("what is wrong with offers is told by its field, or by its line", () => {
  const table: [string, string][] = [
    ["", "none of its lines is an OFFERS event"],
    [
      "{}",
      'it has no offers: an OFFERS event, {"offers": […]}, a list of offers, or lines with one event each are read',
    ],
    [
      '{"type":"HEARTBEAT"}',
      'it has no offers: an OFFERS event, {"offers": […]}, a list of offers, or lines with one event each are read',
    ],
    [
      JSON.stringify([offer("a"), offer("b", "four"), { hostname: "c" }]),
      "[1].resources[0].scalar.value is not a number\n[2].agent_id is missing",
    ],
    [JSON.stringify({ offers: [{ ...offer("a"), hostname: 7 }] }), "offers[0].hostname is not a string"],
    [JSON.stringify({ offers: ["a"] }), "offers[0] is not an object"],
    [
      JSON.stringify(event({ ...offer("a"), resources: [{ type: "SCALAR" }] })),
      "offers.offers[0].resources[0].name is missing",
    ],
    [
      `{"type":"HEARTBEAT"}\n${JSON.stringify(event({ ...offer("a"), hostname: null }))}`,
      "line 2: offers.offers[0].hostname is missing",
    ],
  ];
  for (const [text, expected] of table) {
    const error = assertThrows(() => readOffers(text), MesoletError);
    assertEquals(error.message, expected, text);
  }
  assertEquals(
    assertThrows(() => readOffers("offers: []"), MesoletError).message.startsWith("it is not JSON: "),
    true,
  );
  assertEquals(
    assertThrows(() => readOffers(`${JSON.stringify(event(offer("a")))}\n{"cut`), MesoletError).message
      .startsWith("line 2 is not JSON: "),
    true,
  );
});
