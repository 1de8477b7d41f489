import { encodeRecord, RecordDecoder, RecordError } from "../../../src/mesos/wire/recordio.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";
import { seededNumbers } from "../../support/compose_fuzzing.ts";
import { cutAtRandom, cutEvery, joined } from "./chunking.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (records: readonly Uint8Array[]) => records.map((record) => new TextDecoder().decode(record));

Deno.test("a record is its length, a line feed and its bytes", () => {
  assertEquals(encodeRecord(bytes("")), bytes("0\n"));
  assertEquals(encodeRecord(bytes("häh\n")), bytes("5\nhäh\n"));
});

Deno.test("any records in any pieces come out as they went in", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const below = seededNumbers(seed);
    const records = Array.from({ length: below(12) }, () => {
      const length = below(4) === 0 ? below(100_000) : 1 + below(40);
      return Uint8Array.from({ length: length + 1 }, () => below(256));
    });
    const stream = joined(records.map(encodeRecord));
    for (const pieces of [[stream], cutAtRandom(stream, below)]) {
      const decoder = new RecordDecoder();
      const out = pieces.flatMap((piece) => {
        const reused = piece.slice();
        const found = decoder.push(reused);
        reused.fill(0);
        return found;
      });
      decoder.end();
      assertEquals(out.length, records.length, `seed ${seed}`);
      out.forEach((record, index) => assertEquals(record, records[index], `seed ${seed}, record ${index}`));
    }
  }
});

Deno.test("a stream byte by byte is the same stream", () => {
  const decoder = new RecordDecoder();
  const stream = bytes("5\nhello10\n0\n2\n{}\nabc");
  assertEquals(texts(cutEvery(stream, 1).flatMap((piece) => decoder.push(piece))), [
    "hello",
    "0\n2\n{}\nabc",
  ]);
  decoder.end();
});

Deno.test("empty records are passed over, zeros in front of a length and empty pieces do no harm", () => {
  const decoder = new RecordDecoder();
  assertEquals(texts(decoder.push(bytes("0\n0\n2\n{}0\n"))), ["{}"]);
  assertEquals(texts(decoder.push(bytes(""))), []);
  assertEquals(texts(decoder.push(bytes("0002\n[]"))), ["[]"]);
  decoder.end();
});

Deno.test("a length that is none, or too great, ends the stream for good, after the records before it", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["\n", "a record without a length"],
    ["-1\n", "0x2d in the length of a record"],
    ["+1\n", "0x2b in the length of a record"],
    [" 1\n", "0x20 in the length of a record"],
    ["1\r\n", "0x0d in the length of a record"],
    ["1.5\n", "0x2e in the length of a record"],
    ["0x10\n", "0x78 in the length of a record"],
    ["{}", "0x7b in the length of a record"],
    ["000000000000000000001", "a length of more than 20 digits"],
    ["101\n", "a record of 101 bytes, more than the 100 that are read"],
    ["18446744073709551615\n", "a record of 18446744073709551615 bytes"],
  ];
  for (const [header, words] of cases) {
    const alone = new RecordDecoder(100);
    assertThrows(() => alone.push(bytes(header)), RecordError, words);

    const whole = new RecordDecoder(100);
    assertEquals(texts(whole.push(bytes(`2\n{}${header}`))), ["{}"]);
    assertThrows(() => whole.push(bytes("2\n{}")), RecordError, words);
    assertThrows(() => whole.end(), RecordError, words);

    const pieces = new RecordDecoder(100);
    const found: string[] = [];
    assertThrows(
      () => {
        for (const piece of cutEvery(bytes(`2\n{}${header}`), 1)) found.push(...texts(pieces.push(piece)));
      },
      RecordError,
      words,
    );
    assertEquals(found, ["{}"]);
  }
  assertEquals(new RecordDecoder(100).push(bytes(`100\n${"x".repeat(100)}`)).length, 1);
});

Deno.test("a stream that ends in the middle says how far it came", () => {
  const inLength = new RecordDecoder();
  inLength.push(bytes("2\n{}1"));
  assertThrows(() => inLength.end(), RecordError, "The stream ends in the length of a record");
  const inRecord = new RecordDecoder();
  inRecord.push(bytes("10\nabc"));
  assertThrows(() => inRecord.end(), RecordError, "The stream ends after 3 of the 10 bytes of a record");
  const before = new RecordDecoder();
  before.push(bytes("10\n"));
  assertThrows(() => before.end(), RecordError, "after 0 of the 10 bytes");
});
