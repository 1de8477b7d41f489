import type { CoveredImages } from "../../src/plan/covered_images.ts";
import { UncoveredPins } from "../../src/plan/uncovered_pins.ts";
import { withAllPins } from "../../src/pod/pins.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";
import { allThere, anImage, nothingThere } from "../support/placing.ts";
import { pair, testUp } from "../support/planning_up.ts";

/** Archives that have these images, as file → names with their ids. */
function covered(
  archives: Readonly<Record<string, Readonly<Record<string, string>>>>,
  more: Partial<CoveredImages> & { readonly architecture?: string } = {},
): { readonly covered: CoveredImages } {
  const { architecture = "amd64", ...rest } = more;
  const images = Object.entries(archives).flatMap(([file, names]) =>
    Object.entries(names).map(([name, id]) =>
      [`docker.io/library/${name}:latest`, {
        archive: `/spec/images/${file}`,
        title: `images/${file}`,
        within: "/spec/images",
        variants: [{ os: "linux", architecture, ids: [id] }],
      }] as const
    )
  );
  return { covered: { images: new Map(images), problems: [], remove: false, ...rest } };
}

const both = covered({ "pair.tar": { one: anImage.id, two: anImage.id } });

testUp([
  {
    name: "an archive is loaded once for all of its images that are missing, and what it lacks is pulled",
    spec: "services: {a: {image: one, pull_policy: always}, b: {image: two}, c: {image: three}}",
    network: "host",
    options: both,
    seen: (placed) =>
      nothingThere(placed, { images: new Map([["one", null], ["two", null], ["three", null]]) }),
    plan: `
1. pull image three: it is not there
2. load archive images/pair.tar: one is not there, two is not there
3. create container shop-a-1: it is not there [after 1-2]
4. create container shop-b-1: it is not there [after 1-2]
5. create container shop-c-1: it is not there [after 1-2]
6. start container shop-a-1: it is new [after 3-5]
7. start container shop-b-1: it is new [after 3-5]
8. start container shop-c-1: it is new [after 3-5]
`,
  },
  {
    name:
      "images of an archive that are there are not loaded, nor asked for at a registry, whatever their pull policy is",
    spec: "services: {a: {image: one, pull_policy: always}, b: {image: two, pull_policy: daily}}",
    network: "host",
    options: both,
    seen: (placed) => allThere(placed),
    plan: "\nnothing to do\n",
  },
  {
    name: "the archive's image counts, and not another one of its name",
    spec: "services: {a: {image: one}}",
    network: "host",
    options: covered({ "one.tar": { one: "sha256:0002" } }),
    seen: (placed) => allThere(placed),
    plan: "\n1. load archive images/one.tar: it has another image than the engine as one\n",
  },
  {
    name: "whoever asks for a registry gets one",
    spec: "services: {a: {image: one}}",
    network: "host",
    options: { ...both, pull: "always" },
    seen: (placed) => allThere(placed),
    plan: "\n1. pull image one: its pull policy is always\n",
  },
  {
    name: "pull policy never is content with an archive",
    spec: "services: {a: {image: one, pull_policy: never}}",
    network: "host",
    options: both,
    seen: (placed) => nothingThere(placed, { images: new Map([["one", null]]) }),
    plan: `
1. load archive images/pair.tar: one is not there
2. create container shop-a-1: it is not there [after 1]
3. start container shop-a-1: it is new [after 2]
`,
  },
  {
    name: "an archive that was tried is not loaded again: what it did not bring is pulled",
    spec: pair,
    network: "host",
    options: {
      ...covered({ "one.tar": { one: anImage.id }, "two.tar": { two: anImage.id } }),
      triedArchives: new Set(["/spec/images/one.tar", "/spec/images/two.tar"]),
    },
    seen: (placed) => nothingThere(placed, { images: new Map([["one", anImage], ["two", null]]) }),
    plan: `
1. pull image two: it is not there
2. create container shop-a-1: it is not there [after 1]
3. create container shop-b-1: it is not there [after 1]
4. start container shop-a-1: it is new [after 2-3]
5. start container shop-b-1: it is new [after 2-3]
`,
  },
  {
    name: "an archive for another platform than the spec wants is none",
    spec: "services: {a: {image: one, platform: linux/arm64}}",
    network: "host",
    options: both,
    seen: (placed) => nothingThere(placed, { images: new Map([["one", null]]) }),
    plan: `
1. pull image one for linux/arm64: it is not there for linux/arm64
2. create container shop-a-1: it is not there [after 1]
3. start container shop-a-1: it is new [after 2]
`,
  },
  {
    name: "an archive that is to go is loaded as a whole, also where its images are there",
    spec: "services: {a: {image: one}}",
    network: "host",
    options: covered({ "one.tar": { one: anImage.id } }, { remove: true }),
    seen: (placed) => allThere(placed),
    plan: "\n1. load archive images/one.tar and remove it: its images are there, and it is to be removed\n",
  },
  {
    name: "what is wrong with archives is told",
    spec: "services: {a: {image: one}}",
    network: "host",
    options: covered({}, { problems: ["images/bad.tar is not loaded: it is empty"] }),
    seen: (placed) => allThere(placed),
    plan: "\nwarning: images/bad.tar is not loaded: it is empty\nnothing to do\n",
  },
]);

Deno.test("an image that an archive has is not pinned, the others are, and the same pod is the same object", async () => {
  const pod = withAllPins((await podOfText("services: {a: {image: one}, b: {image: other}}")).pod);
  const pins = new UncoveredPins();
  assertEquals(pins.of(pod, undefined), pod);
  const left = pins.of(pod, both.covered);
  assertEquals(left.containers.map(({ pins }) => pins), [undefined, ["other"]]);
  assert(pins.of(pod, both.covered) === left);
  assert(pins.of(pod, covered({}).covered) === pod);
});

Deno.test("x-pod.preload says where archives are, and whether they stay", async () => {
  const cases: readonly (readonly [string, object | undefined])[] = [
    ["preload: ./archives", { directory: "/spec/archives", remove: false }],
    ["preload: false", { directory: null, remove: false }],
    ["preload: true", undefined],
    ["preload: { remove_archives: true }", { remove: true }],
    ["preload: { directory: /srv/images, remove_archives: true }", {
      directory: "/srv/images",
      remove: true,
    }],
  ];
  for (const [text, expected] of cases) {
    const { pod, warnings } = await podOfText(`services: {a: {image: one}}\nx-pod: { ${text} }\n`);
    assertEquals([pod.preload, warnings], [expected, []], text);
  }
  for (
    const text of ["7", "[a]", "{ directory: 7 }", "{ remove_archives: yes please }", "{ remove: true }"]
  ) {
    const error = await podOfText(`services: {a: {image: one}}\nx-pod: { preload: ${text} }\n`).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert(error instanceof Error && error.message.includes("x-pod.preload"), text);
  }
});
