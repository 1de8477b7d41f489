import { findImages } from "../../src/compose/image_places.ts";
import { judgeImage, pinText } from "../../src/compose/pin_text.ts";
import { SpecError } from "../../src/pod/errors.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

const digest = `sha256:${"a".repeat(64)}`;
const other = `sha256:${"b".repeat(64)}`;

/** The text with the digest behind every image that lacks one. */
function pinned(text: string): string {
  const pins = findImages(text, "f").filter((place) => judgeImage(place).kind === "unpinned")
    .map((place) => ({ place, digest }));
  return pinText(text, pins);
}

Deno.test("a text gets digests behind its images, and is the same to the byte elsewhere", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["services:\n  web:\n    image: app:1 # why\n", `services:\n  web:\n    image: app:1@${digest} # why\n`],
    // Line ends, marks, blanks, quotes, an order of its own.
    [
      "\uFEFF# top\r\nservices:\r\n  web:\r\n    image:   'app:1'  \r\n    command: \"a\"\r\n\r\n",
      `\uFEFF# top\r\nservices:\r\n  web:\r\n    image:   'app:1@${digest}'  \r\n    command: "a"\r\n\r\n`,
    ],
    ['services: {web: {image: "app:1"}}', `services: {web: {image: "app:1@${digest}"}}`],
    [
      "services: {web: {image: app:1, tty: true}}\n",
      `services: {web: {image: app:1@${digest}, tty: true}}\n`,
    ],
    [
      '{"services":{"web":{"image":"r:5000/app"}}}',
      `{"services":{"web":{"image":"r:5000/app:latest@${digest}"}}}`,
    ],
    // Anchors, aliases and merge keys lead to one place.
    [
      "x-a: &a {image: &i app:1}\nservices:\n  one: {<<: *a}\n  two: {image: *i}\n",
      `x-a: &a {image: &i app:1@${digest}}\nservices:\n  one: {<<: *a}\n  two: {image: *i}\n`,
    ],
    [
      "services:\n  web:\n    image: !!str app:1\n    pre_start:\n    - image: b\n      command: x\n" +
      "    volumes:\n    - {type: image, source: c:2, target: /c}\n    - {type: volume, source: v, target: /v}\n",
      `services:\n  web:\n    image: !!str app:1@${digest}\n    pre_start:\n    - image: b:latest@${digest}\n      command: x\n` +
      `    volumes:\n    - {type: image, source: c:2@${digest}, target: /c}\n    - {type: volume, source: v, target: /v}\n`,
    ],
    // What has one, what is no image of a service, binders and ids.
    [`services: {web: {image: app@${other}}}`, `services: {web: {image: app@${other}}}`],
    ["x: {image: app}\nvolumes: {image: {}}\n", "x: {image: app}\nvolumes: {image: {}}\n"],
    [
      'services: {web: {image: "{{docker.image[a][1]}}"}}',
      'services: {web: {image: "{{docker.image[a][1]}}"}}',
    ],
    [`services: {web: {image: ${"1".repeat(64)}}}`, `services: {web: {image: ${"1".repeat(64)}}}`],
    // Several documents, and none.
    [
      "services: {a: {image: b}}\n---\nservices: {c: {image: d}}\n",
      `services: {a: {image: b:latest@${digest}}}\n---\nservices: {c: {image: d:latest@${digest}}}\n`,
    ],
    ["", ""],
    ["services:\n  web:\n", "services:\n  web:\n"],
  ];
  for (const [text, expected] of cases) assertEquals(pinned(text), expected);
});

Deno.test("a digest that moves is replaced, and its tag stays", () => {
  const text = `services:\n  web: {image: "app:1@${digest}"} # ${digest}\n`;
  const [place] = findImages(text, "f");
  if (place === undefined) throw new Error("there is an image");
  assertEquals(judgeImage(place), { kind: "pinned", digest, ask: "app:1" });
  assertEquals(
    pinText(text, [{ place, digest: other }]),
    `services:\n  web: {image: "app:1@${other}"} # ${digest}\n`,
  );
  // Without a tag nothing says where it would move to.
  assertEquals(judgeImage({ ...place, image: `app@${digest}` }), { kind: "pinned", digest });
});

Deno.test("what cannot be pinned in a text is said, with why", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["image: ${R}/app:1", /has a variable/],
    ['image: "ap\\x70:1"', /written with escapes/],
    ["image: >-\n      app:1", /written with escapes or over several lines/],
    ["image: App", /lower case/],
  ];
  for (const [line, why] of cases) {
    const [place] = findImages(`services:\n  web:\n    ${line}\n`, "f");
    if (place === undefined) throw new Error(`there is an image: ${line}`);
    const verdict = judgeImage(place);
    assertEquals(verdict.kind === "refused" && why.test(verdict.why), true, JSON.stringify(verdict));
    assertEquals([place.path, place.line], ["services.web.image", 3]);
  }
  const error = assertThrows(() => findImages("services: {a: [}\n", "f.yaml"), SpecError);
  assertEquals(error.problems[0]?.position?.line, 1);
});
