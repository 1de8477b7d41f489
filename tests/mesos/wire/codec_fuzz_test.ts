import { WireError } from "../../../src/mesos/wire/wire_error.ts";
import { assert } from "../../support/assert.ts";
import { seededNumbers } from "../../support/compose_fuzzing.ts";
import { codecOf } from "./codecs.ts";

Deno.test("a damaged message is read as another or refused in one line, and nothing else happens", async () => {
  const text = await Deno.readTextFile(new URL("../fixtures/messages.jsonl", import.meta.url));
  let refused = 0;
  for (const [seed, line] of text.trim().split("\n").entries()) {
    const sample: { message: string; json: unknown; protobuf: string } = JSON.parse(line);
    const below = seededNumbers(seed);
    const encodings = [
      ["application/json", new TextEncoder().encode(JSON.stringify(sample.json, undefined, 1))],
      ["application/x-protobuf", Uint8Array.fromBase64(sample.protobuf)],
    ] as const;
    for (const [media, whole] of encodings) {
      for (let round = 0; round < 60; round++) {
        const damaged = below(3) === 0 ? whole.slice(0, below(whole.length + 1)) : whole.slice();
        for (let count = below(4); count > 0 && damaged.length > 0; count--) {
          damaged[below(damaged.length)] = below(256);
        }
        try {
          assert(codecOf(sample.message).decode(damaged, media).type !== "");
        } catch (error) {
          assert(error instanceof WireError, `${error}`);
          assert(!error.message.includes("\n"), error.message);
          refused++;
        }
      }
    }
  }
  assert(refused > 1_000);
});
