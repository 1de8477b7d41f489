import { RecordDecoder } from "../../../src/mesos/wire/recordio.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { seededNumbers } from "../../support/compose_fuzzing.ts";
import { cutAtRandom, cutEvery } from "./chunking.ts";
import { codecOf } from "./codecs.ts";
import { mesosMaterial } from "./mesos_material.ts";
import { readRecordings } from "./recordings.ts";

const json = "application/json";
const protobuf = "application/x-protobuf";

if (mesosMaterial !== undefined) {
  const { streams, calls } = await readRecordings(`${mesosMaterial}/recordings`);

  Deno.test("every recorded stream is its recorded events, however its bytes arrive", () => {
    assert(streams.length > 100, `${streams.length} streams`);
    const below = seededNumbers(streams.length);
    for (const { name, message, media, bytes, events } of streams) {
      for (
        const pieces of [[bytes], cutEvery(bytes, 1), cutAtRandom(bytes, below), cutAtRandom(bytes, below)]
      ) {
        const decoder = new RecordDecoder();
        const records = pieces.flatMap((piece) => decoder.push(piece));
        decoder.end();
        const decoded = records.map((record) =>
          plain(JSON.parse(text(codecOf(message).recode(record, media, json))))
        );
        assertEquals(decoded, events.map(plain), name);
      }
    }
  });

  Deno.test("every recorded event is the same after a way through the other encoding", () => {
    for (const { name, message, media, bytes } of streams) {
      const codec = codecOf(message);
      const other = media === json ? protobuf : json;
      for (const record of new RecordDecoder().push(bytes)) {
        assertEquals(
          codec.decode(codec.recode(record, media, other), other),
          codec.decode(record, media),
          name,
        );
      }
    }
  });

  Deno.test("every recorded call that was accepted is read and, in protobuf, written to the same byte", () => {
    assert(calls.length > 300, `${calls.length} calls`);
    for (const { name, message, media, bytes } of calls) {
      const codec = codecOf(message);
      const other = media === json ? protobuf : json;
      assertEquals(codec.decode(codec.recode(bytes, media, other), other), codec.decode(bytes, media), name);
      if (media === protobuf) {
        assertEquals(codec.recode(bytes, protobuf, protobuf).toBase64(), bytes.toBase64(), name);
      }
    }
  });
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** 64-bit integers, which the recorder wrote as strings where it parsed protobuf. */
const wholeNumbers = new Set(["nanoseconds", "begin", "end"]);

/** A parsed message without what only its writing has: empty lists, and integers as strings. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => !(Array.isArray(member) && member.length === 0))
      .map(([name, member]) => [name, wholeNumbers.has(name) ? Number(member) : plain(member)]),
  );
}
