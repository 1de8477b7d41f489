import { readJsonLines } from "../../src/docker/json_lines.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";

async function* chunked(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

Deno.test("values are found wherever the stream is split, with and without a last line end", async () => {
  const values = [{ a: "grün" }, [1], "x"];
  for (const text of ['{"a":"grün"}\r\n\n[1]\n"x"', '{"a":"grün"}\n[1]\n"x"\n']) {
    for (let size = 1; size <= text.length + 1; size++) {
      assertEquals(await Array.fromAsync(readJsonLines(chunked(text, size))), values, `${size}`);
    }
  }
});

Deno.test("a line that is no JSON is an error", async () => {
  await assertRejects(() => Array.fromAsync(readJsonLines(chunked("<html>\n", 3))), SyntaxError);
});
