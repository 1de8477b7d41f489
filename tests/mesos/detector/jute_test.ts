import { JuteReader, JuteWriter } from "../../../src/mesos/detector/zookeeper/jute.ts";
import { ZookeeperError } from "../../../src/mesos/detector/zookeeper/zookeeper_error.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";

/** What was written, without its length. */
const written = (writer: JuteWriter) => writer.framed().subarray(4);

Deno.test("jute: what is written is read, of any length", () => {
  const long = "ü".repeat(5_000);
  const writer = new JuteWriter().int(-2).long(-(2n ** 63n)).boolean(true).string(long).buffer(
    new Uint8Array([7]),
  );
  const frame = writer.int(2).string("a").string("").framed();
  assertEquals(new DataView(frame.buffer).getInt32(0), frame.length - 4);
  // Not at the beginning of its memory.
  const reader = new JuteReader(frame.subarray(4));
  assertEquals([reader.int(), reader.long()], [-2, -(2n ** 63n)]);
  const rest = new JuteReader(frame.subarray(4 + 4 + 8 + 1));
  assertEquals([rest.string(), rest.buffer(), rest.strings()], [long, new Uint8Array([7]), ["a", ""]]);
});

Deno.test("jute: a buffer that is null is empty, and so is such a list", () => {
  const reader = new JuteReader(written(new JuteWriter().int(-1).int(-1)));
  assertEquals([reader.buffer(), reader.strings()], [new Uint8Array(), []]);
});

Deno.test("jute: a message that is too short is an error, whatever it promises", () => {
  const bytes = written(new JuteWriter().int(2 ** 31 - 1));
  for (const member of ["buffer", "string", "strings", "long"] as const) {
    assertThrows(() => new JuteReader(bytes)[member](), ZookeeperError, "too short");
  }
  assertThrows(() => new JuteReader(bytes.subarray(0, 3)).int(), ZookeeperError, "too short");
});
