import { type Challenge, readChallenge } from "../../src/registry/challenge.ts";
import { assertEquals } from "../support/assert.ts";

const cases: readonly (readonly [string | undefined, Challenge | undefined])[] = [
  [undefined, undefined],
  ["", undefined],
  ['Basic realm="Registry"', { scheme: "basic" }],
  ["basic", { scheme: "basic" }],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull"',
    {
      scheme: "bearer",
      realm: "https://auth.docker.io/token",
      service: "registry.docker.io",
      scope: "repository:a/b:pull",
    },
  ],
  // A scope with commas, blanks around the signs, a quoted quote, names in any case, an error behind it.
  [
    'BEARER Realm = "https://a/t?x=1" , scope="repository:a:pull,push", service="a \\"b\\"", error="invalid_token"',
    { scheme: "bearer", realm: "https://a/t?x=1", scope: "repository:a:pull,push", service: 'a "b"' },
  ],
  // Several in one header, in any order.
  ['Basic realm="a, b", Bearer realm="https://a/t"', { scheme: "bearer", realm: "https://a/t" }],
  ['Negotiate, Basic realm="a"', { scheme: "basic" }],
  ["Negotiate", undefined],
  // Without a place to get a token from it is no use.
  ['Bearer service="a"', undefined],
  ["Bearer realm=https", { scheme: "bearer", realm: "https" }],
  ['"?=', undefined],
];

for (const [header, expected] of cases) {
  Deno.test(`a challenge is read: ${header ?? "none"}`, () => assertEquals(readChallenge(header), expected));
}

Deno.test("a challenge that is almost all blanks is read as fast as another one", () => {
  const blanks = " ".repeat(300_000);
  assertEquals(readChallenge(`Basic${blanks}"`), { scheme: "basic" });
  assertEquals(readChallenge(`Basic a=b${blanks},${blanks}Bearer${blanks}realm=${blanks}x`), {
    scheme: "bearer",
    realm: "x",
  });
});
