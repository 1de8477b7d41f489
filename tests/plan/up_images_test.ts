import { pauseImageName } from "../../src/pod/names.ts";
import { allThere, anImage, engineFacts, nothingThere } from "../support/placing.ts";
import { pair, testUp } from "../support/planning_up.ts";

testUp([
  {
    name: "pulls come first, and the pause image is loaded and not pulled",
    spec: pair,
    seen: (placed) =>
      nothingThere(placed, { images: new Map([["one", null], ["two", anImage], [pauseImageName, null]]) }),
    plan: `
1. load built-in image mesolet/pause:2: the built-in image of the pause container is not there
2. pull image one: it is not there
3. create network mesolet: no pod of this host has made the shared network yet [after 2]
4. create container shop_pause: it is not there [after 1, 3]
5. create container shop-a-1: it is not there [after 4]
6. create container shop-b-1: it is not there [after 4]
7. start container shop_pause: it is new [after 5-6]
8. start container shop-a-1: it is new [after 7]
9. start container shop-b-1: it is new [after 7]
`,
  },
  {
    name: "an image that moved",
    spec: pair,
    seen: (placed) =>
      allThere(placed, () => ({}), {
        images: new Map([["one", anImage], ["two", { ...anImage, id: "sha256:0002" }], [
          pauseImageName,
          anImage,
        ]]),
      }),
    plan: `
1. create container 73686f702d62_shop-b-1: the image two changed
2. stop container shop-b-1: the image two changed [after 1]
3. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 2]
4. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 3]
5. start container shop-b-1: it is new in place of the old one [after 4]
6. remove container old_73686f702d62_shop-b-1: its successor has started [after 5]
`,
  },
  {
    name: "each container gets the image it asks for",
    spec:
      "services: {a: {image: one}, b: {image: one, pull_policy: always}, c: {image: one, platform: linux/arm64}}",
    network: "host",
    seen: (placed) => allThere(placed),
    plan: `
1. pull image one: its pull policy is always
`,
  },
  {
    name: "pull policy always pulls what is there",
    spec: "services: {a: {image: one, pull_policy: always}}",
    network: "host",
    seen: (placed) => allThere(placed),
    plan: "\n1. pull image one: its pull policy is always\n",
  },
  {
    name: "what has just been pulled is not pulled again",
    spec: "services: {a: {image: one, pull_policy: always}}",
    network: "host",
    seen: (placed) => allThere(placed),
    options: { pulled: new Set(["one"]) },
    plan: "\nnothing to do\n",
  },
  {
    name: "a pull policy with an interval",
    spec: "services: {a: {image: one, pull_policy: daily}, b: {image: two, pull_policy: weekly}}",
    network: "host",
    seen: (placed) =>
      allThere(placed, () => ({}), {
        images: new Map([["one", { ...anImage, lastTagged: 0 }], ["two", { ...anImage, lastTagged: 0 }]]),
      }),
    options: { now: 25 * 3_600_000 },
    plan: "\n1. pull image one: it was pulled too long ago for its pull policy\n",
  },
  {
    name: "an image of another platform counts as missing",
    spec: "services: {a: {image: one, platform: linux/arm64}}",
    network: "host",
    seen: (placed) => nothingThere(placed),
    plan: `
1. pull image one for linux/arm64: it is not there for linux/arm64
2. create container shop-a-1: it is not there [after 1]
3. start container shop-a-1: it is new [after 2]
`,
  },
  {
    name: "an image that is mounted is pulled when it is missing",
    spec: `services: {a: {image: one, volumes: [{type: image, source: two, target: /two}]}}`,
    network: "services",
    host: { engine: { ...engineFacts, apiVersion: "1.49" } },
    seen: (placed) => nothingThere(placed, { images: new Map([["one", anImage], ["two", null]]) }),
    plan: `
1. pull image two: it is not there
2. create network shop_default: it is not there [after 1]
3. create container shop-a-1: it is not there [after 2]
4. start container shop-a-1: it is new [after 3]
`,
  },
]);
