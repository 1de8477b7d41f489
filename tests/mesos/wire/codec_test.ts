import {
  decodeExecutorCall,
  decodeExecutorEvent,
  decodeSchedulerCall,
  decodeSchedulerEvent,
  encodeExecutorCall,
  encodeExecutorEvent,
  encodeSchedulerEvent,
  type MediaType,
} from "../../../src/mesos/wire/codec.ts";
import type { ExecutorCall, ExecutorEvent, TaskStatus } from "../../../src/mesos/wire/messages.ts";
import { schema } from "../../../src/mesos/wire/schema.ts";
import { WireError } from "../../../src/mesos/wire/wire_error.ts";
import { assert, assertEquals, assertThrows } from "../../support/assert.ts";
import { codecOf, codecs } from "./codecs.ts";

const json = "application/json";
const protobuf = "application/x-protobuf";
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const parsed = (encoded: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(encoded));

interface Sample {
  readonly message: string;
  readonly json: { readonly type: string };
  /** Base64 of what Google's own library makes of `json`. */
  readonly protobuf: string;
}

async function readSamples(): Promise<Sample[]> {
  const text = await Deno.readTextFile(new URL("../fixtures/messages.jsonl", import.meta.url));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("every sample is the same in both encodings, and is encoded to the byte as others do it", async () => {
  for (const sample of await readSamples()) {
    const codec = codecOf(sample.message);
    const fromJson = bytes(sample.json);
    const fromProtobuf = Uint8Array.fromBase64(sample.protobuf);
    const name = `${sample.message} ${sample.json.type}`;
    assertEquals(codec.decode(fromProtobuf, protobuf), codec.decode(fromJson, json), name);
    assertEquals(codec.decode(fromJson, json).type, sample.json.type, name);
    for (const [from, media] of [[fromJson, json], [fromProtobuf, protobuf]] as const) {
      assertEquals(parsed(codec.recode(from, media, json)), sample.json, name);
      assertEquals(codec.recode(from, media, protobuf).toBase64(), sample.protobuf, name);
    }
  }
});

Deno.test("there is a sample of every type of event and call", async () => {
  const samples = await readSamples();
  for (const message of Object.keys(codecs)) {
    const types = new Set(
      samples.filter((sample) => sample.message === message).map((sample) => sample.json.type),
    );
    const known = Object.keys(schema().message(message).lookupEnum("Type").values);
    assertEquals([...types].sort(), known.filter((type) => type !== "UNKNOWN").sort(), message);
  }
});

Deno.test("an event of a newer Mesos is unknown, and what it has more than ours does no harm", () => {
  const heartbeat: ExecutorEvent = { type: "HEARTBEAT" };
  assertEquals(decodeExecutorEvent(bytes({ type: "DRAIN", drain: { x: 1 } }), json), { type: "UNKNOWN" });
  assertEquals(decodeExecutorEvent(bytes({}), json), { type: "UNKNOWN" });
  assertEquals(decodeExecutorEvent(bytes({ type: "HEARTBEAT", more: [1], kill: null }), json), heartbeat);
  // Type 99; type 9 with members 99 (a length and bytes) and 98 (a number).
  assertEquals(decodeExecutorEvent(new Uint8Array([0x08, 99]), protobuf), { type: "UNKNOWN" });
  assertEquals(decodeExecutorEvent(new Uint8Array(), protobuf), { type: "UNKNOWN" });
  const more = new Uint8Array([0x08, 9, 0x9a, 0x06, 2, 1, 2, 0x90, 0x06, 7]);
  assertEquals(decodeExecutorEvent(more, protobuf), heartbeat);
  assertEquals(decodeSchedulerEvent(bytes({ type: "NEW" }), json), { type: "UNKNOWN" });
});

Deno.test("a call of an unknown type keeps who calls", () => {
  const caller = { executor_id: { value: "e" }, framework_id: { value: "f" } };
  assertEquals(decodeExecutorCall(bytes({ ...caller, type: "subscribe" }), json), {
    ...caller,
    type: "UNKNOWN",
  });
  assertEquals(decodeExecutorCall(bytes(caller), json), { ...caller, type: "UNKNOWN" });
  assertEquals(decodeSchedulerCall(bytes({ framework_id: { value: "f" } }), json), {
    framework_id: { value: "f" },
    type: "UNKNOWN",
  });
});

Deno.test("a message keeps only the member of its type", () => {
  const event = { type: "SHUTDOWN", error: { message: "not of this type" } };
  assertEquals(decodeExecutorEvent(bytes(event), json), { type: "SHUTDOWN" });
});

const status = { task_id: { value: "t" }, state: "TASK_RUNNING" };

function decodeStatus(members: Readonly<Record<string, unknown>>): TaskStatus {
  const event = decodeSchedulerEvent(
    bytes({ type: "UPDATE", update: { status: { ...status, ...members } } }),
    json,
  );
  assert(event.type === "UPDATE");
  return event.update.status;
}

Deno.test("JSON: numbers may be strings, doubles have no end, unknown names are absent, names are of the wire", () => {
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, Partial<TaskStatus>])[] = [
    [{ timestamp: 1.5 }, { timestamp: 1.5 }],
    [{ timestamp: "1.5e3" }, { timestamp: 1500 }],
    [{ timestamp: "Infinity" }, { timestamp: Infinity }],
    [{ timestamp: "-Infinity" }, { timestamp: -Infinity }],
    [{ unreachable_time: { nanoseconds: "12500000000" } }, {
      unreachable_time: { nanoseconds: 12_500_000_000 },
    }],
    [{ unreachable_time: { nanoseconds: -1 } }, { unreachable_time: { nanoseconds: -1 } }],
    [{ reason: "REASON_OF_TOMORROW" }, {}],
    [{ agentId: { value: "a" }, agent_id: null }, {}],
    [{ uuid: "8PHy8/T19vf4+fr7/P3+/w==" }, {
      uuid: Uint8Array.from({ length: 16 }, (_, index) => 240 + index),
    }],
    [{ data: "" }, { data: new Uint8Array() }],
    [{ labels: { labels: [] } }, { labels: {} }],
    [{ message: "Grüße \u0000 \u{1F600}" }, { message: "Grüße \u0000 \u{1F600}" }],
  ];
  for (const [members, expected] of cases) {
    assertEquals(decodeStatus(members), { task_id: { value: "t" }, state: "TASK_RUNNING", ...expected });
  }
});

Deno.test("JSON: a double without end is written as Mesos reads it", () => {
  const event = encodeSchedulerEvent({
    type: "SUBSCRIBED",
    subscribed: { framework_id: { value: "f" }, heartbeat_interval_seconds: Infinity },
  }, json);
  assertEquals(parsed(event), {
    type: "SUBSCRIBED",
    subscribed: { framework_id: { value: "f" }, heartbeat_interval_seconds: "Infinity" },
  });
});

Deno.test("text that is no UTF-8 is read as far as it goes, in both encodings", () => {
  const encoder = new TextEncoder();
  const head = encoder.encode('{"type":"ERROR","error":{"message":"a');
  const tail = encoder.encode('b"}}');
  const event: ExecutorEvent = { type: "ERROR", error: { message: "a\ufffdb" } };
  assertEquals(decodeExecutorEvent(new Uint8Array([...head, 0xff, ...tail]), json), event);
  assertEquals(
    decodeExecutorEvent(new Uint8Array([0x08, 6, 0x3a, 5, 0x0a, 3, 0x61, 0xff, 0x62]), protobuf),
    event,
  );
});

Deno.test("a text with half a character is sent as one that can be read", () => {
  const call: ExecutorCall = {
    type: "UPDATE",
    executor_id: { value: "e" },
    framework_id: { value: "f" },
    update: { status: { task_id: { value: "t" }, state: "TASK_FAILED", message: "cut \ud83d" } },
  };
  for (const media of [json, protobuf] satisfies MediaType[]) {
    const encoded = encodeExecutorCall(call, media);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(encoded);
    assert(text.includes("cut \ufffd"), media);
  }
});

Deno.test("what cannot be read says where, in one line", () => {
  const update = (members: Readonly<Record<string, unknown>>) => ({
    type: "UPDATE",
    update: { status: { ...status, ...members } },
  });
  const offers = (...list: readonly unknown[]) => ({ type: "OFFERS", offers: { offers: list } });
  const cases: readonly (readonly [unknown, string])[] = [
    [update({ task_id: undefined }), "update.status.task_id is missing"],
    [update({ task_id: {} }), "update.status.task_id.value is missing"],
    [update({ state: "TASK_OF_TOMORROW" }), "update.status.state is missing"],
    [update({ state: 1 }), "update.status.state is not the name of a value"],
    [update({ message: 7 }), "update.status.message is not a string"],
    [update({ healthy: "true" }), "update.status.healthy is neither true nor false"],
    [update({ timestamp: "soon" }), "update.status.timestamp is not a number"],
    [update({ uuid: "abc" }), "update.status.uuid is not base64"],
    [update({ uuid: "8PHy8" }), "update.status.uuid is not base64"],
    [update({ uuid: [1] }), "update.status.uuid is not base64"],
    [update({ labels: [] }), "update.status.labels is not an object"],
    [update({ labels: { labels: {} } }), "update.status.labels.labels is not a list"],
    [update({ labels: { labels: [{ key: "a" }, {}] } }), "update.status.labels.labels[1].key is missing"],
    [
      update({ unreachable_time: { nanoseconds: 1.5 } }),
      "update.status.unreachable_time.nanoseconds is not a whole number",
    ],
    [
      update({ container_status: { executor_pid: -1 } }),
      "update.status.container_status.executor_pid is out of range: -1",
    ],
    [offers(1), "offers.offers[0] is not an object"],
    [{ type: "UPDATE" }, "update is missing from UPDATE"],
    [[], "it is not an object"],
    ["x", "it is not an object"],
  ];
  for (const [event, words] of cases) {
    assertThrows(
      () => decodeSchedulerEvent(bytes(event), json),
      WireError,
      `The master's event is not as Mesos defines it: ${words}`,
    );
  }
  assertThrows(
    () => decodeExecutorEvent(bytes({}).subarray(1), json),
    WireError,
    "The agent's event is not JSON: ",
  );
  assertThrows(
    () => decodeExecutorEvent(new Uint8Array([0x08]), protobuf),
    WireError,
    "The agent's event is not protobuf: ",
  );
  // A KILL with an empty task id.
  assertThrows(
    () => decodeExecutorEvent(new Uint8Array([0x08, 3, 0x2a, 2, 0x0a, 0]), protobuf),
    WireError,
    "The agent's event is not as Mesos defines it: kill.task_id.value is missing",
  );
  assertThrows(
    () => decodeExecutorCall(bytes({ type: "HEARTBEAT" }), json),
    WireError,
    "executor_id is missing",
  );
});

Deno.test("a message that nests without end is refused, not followed", () => {
  const text = '{"parent":'.repeat(10_000) + "{}" + "}".repeat(10_000);
  const event = `{"type":"SUBSCRIBED","subscribed":{"container_id":${text}}}`;
  assertThrows(() => decodeExecutorEvent(new TextEncoder().encode(event), json), WireError);
});

Deno.test("what cannot be sent says where", () => {
  const caller = { executor_id: { value: "e" }, framework_id: { value: "f" } };
  // Made in the form of data from outside, which the types do not reach.
  const call = (members: Readonly<Record<string, unknown>>): ExecutorCall =>
    Object.assign({ ...caller, type: "HEARTBEAT" as const }, members);
  const cases: readonly (readonly [ExecutorCall, string])[] = [
    [call({ executor_id: undefined }), "executor_id is missing"],
    [call({ type: "BEAT" }), 'type is no value of Type: "BEAT"'],
    [call({ message: { data: "text" } }), "message.data is not bytes"],
    [
      call({ update: { status: { ...status, unreachable_time: { nanoseconds: 0.5 } } } }),
      "update.status.unreachable_time.nanoseconds is not a whole number",
    ],
  ];
  for (const media of [json, protobuf] satisfies readonly MediaType[]) {
    for (const [wrong, words] of cases) {
      assertThrows(
        () => encodeExecutorCall(wrong, media),
        WireError,
        `The executor's call is not as Mesos defines it: ${words}`,
      );
    }
  }
});

Deno.test("encoded bytes are plain ones of their own, and decoded ones are no window on the record", () => {
  const event: ExecutorEvent = { type: "MESSAGE", message: { data: new Uint8Array([1, 2, 3]) } };
  const record = encodeExecutorEvent(event, protobuf);
  assertEquals(record.buffer.byteLength, record.length);
  const decoded = decodeExecutorEvent(record, protobuf);
  record.fill(0);
  assertEquals(decoded, event);
});
