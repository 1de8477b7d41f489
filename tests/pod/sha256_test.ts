import { sha256 } from "../../src/pod/sha256.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("SHA-256 of a text is that of the standard's examples", () => {
  const examples = {
    "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq":
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  };
  for (const [text, digest] of Object.entries(examples)) assertEquals(sha256(text), digest);
});

Deno.test("SHA-256 of bytes of every length is what Web Crypto makes of them", async () => {
  const bytes = Uint8Array.from({ length: 1_000 }, (_, index) => (index * 131 + (index >> 3)) % 256);
  for (let length = 0; length <= 260; length++) {
    // From an odd place of a larger buffer.
    const part = bytes.slice(length, 2 * length + 100).subarray(length % 7, length % 7 + length);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", part)).toHex();
    assertEquals(sha256(part), digest, `of ${length} bytes`);
  }
});
