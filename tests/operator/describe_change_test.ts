import { describeChange } from "../../src/operator/describe_change.ts";
import { assertEquals } from "../support/assert.ts";
import { podFrom } from "../support/supervising.ts";

const cases: readonly { readonly before: string; readonly after: string; readonly is: string | undefined }[] =
  [
    { before: "image: a", after: "image: a", is: undefined },
    { before: "image: a:1", after: "image: a:2", is: "image changed a:1 → a:2" },
    {
      before: "image: a, environment: {KEY: secret, OLD: x}",
      after: "image: b, environment: {KEY: other, NEW: y}",
      is: "image changed a → b, environment changed (KEY, NEW, OLD)",
    },
    { before: "image: a, command: [x]", after: "image: a, command: [y]", is: "command changed" },
    { before: "image: a, restart: always", after: "image: a", is: "restart policy changed" },
    { before: "image: a, labels: {x: y}", after: "image: a, labels: {x: z}", is: "labels changed (x)" },
    { before: "image: a, scale: 1", after: "image: a, scale: 2", is: "number of replicas changed 1 → 2" },
  ];

for (const { before, after, is } of cases) {
  Deno.test(`a change is told in words: ${is ?? "nothing"}`, async () => {
    const [old, now] = [await podFrom(`  web: {${before}}\n`), await podFrom(`  web: {${after}}\n`)];
    assertEquals(describeChange("web", old, now), is);
    assertEquals(describeChange("nobody", old, now), undefined);
  });
}
