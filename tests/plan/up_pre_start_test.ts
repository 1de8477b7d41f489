import { defaultUpOptions } from "../../src/plan/plan_options.ts";
import { planUp } from "../../src/plan/up.ts";
import type { PlacedContainer } from "../../src/plan/placed.ts";
import { place } from "../../src/plan/place.ts";
import { assertEquals } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";
import { allThere, host, nothingThere } from "../support/placing.ts";
import { testUp } from "../support/planning_up.ts";

const spec = `
services:
  db: {image: one, healthcheck: {test: "true"}}
  web:
    image: one
    depends_on: {db: {condition: service_healthy}}
    pre_start:
      - {command: [migrate]}
      - {image: two, command: [fill]}
`;

/** What is there some time after a good start. */
function settled(container: PlacedContainer) {
  if (container.container.includes("pre_start")) return { state: "exited" as const, exitCode: 0 };
  return container.container === "db" ? { health: "healthy" as const } : {};
}

testUp([
  {
    name:
      "entries of pre_start run one after the other before their service, when what it depends on is ready",
    spec,
    seen: (placed) => nothingThere(placed),
    plan: `
 1. create network mesolet: no pod of this host has made the shared network yet
 2. create container shop_pause: it is not there [after 1]
 3. create container shop-db-1: it is not there [after 2]
 4. create container shop-web-1: it is not there [after 2]
 5. create container shop-web-pre_start-0-1: it is not there [after 2]
 6. create container shop-web-pre_start-1-1: it is not there [after 2]
 7. start container shop_pause: it is new [after 3-6]
 8. start container shop-db-1: it is new [after 7]
 9. wait until shop-db-1 is healthy: others need it healthy [after 8]
10. start container shop-web-pre_start-0-1: it is new [after 9]
11. wait until shop-web-pre_start-0-1 is completed: others need it to have completed [after 10]
12. start container shop-web-pre_start-1-1: it is new [after 11]
13. wait until shop-web-pre_start-1-1 is completed: others need it to have completed [after 12]
14. start container shop-web-1: it is new [after 13]
`,
  },
  {
    name: "entries of pre_start that succeeded are not run again",
    spec,
    seen: (placed) => allThere(placed, settled),
    plan: "\nnothing to do\n",
  },
  {
    name: "entries of pre_start that succeeded are not run again in services mode either",
    spec,
    network: "services",
    seen: (placed) => allThere(placed, settled),
    plan: "\nnothing to do\n",
  },
  {
    name: "entries of pre_start that succeeded are not run again for a service that ended",
    spec,
    seen: (placed) =>
      allThere(
        placed,
        (container) => container.container === "web" ? { state: "exited", exitCode: 1 } : settled(container),
      ),
    plan: `
1. start container shop-web-1: it has ended
`,
  },
  {
    name: "an entry of pre_start that failed is run again, and what comes after it",
    spec,
    seen: (placed) =>
      allThere(placed, (container) => {
        if (container.container === "web-pre_start-0") return { state: "exited", exitCode: 1 };
        return ["web", "web-pre_start-1"].includes(container.container)
          ? { state: "created" }
          : settled(container);
      }),
    plan: `
1. start container shop-web-pre_start-0-1: it has ended
2. wait until shop-web-pre_start-0-1 is completed: others need it to have completed [after 1]
3. start container shop-web-pre_start-1-1: it was created and never started [after 2]
4. wait until shop-web-pre_start-1-1 is completed: others need it to have completed [after 3]
5. start container shop-web-1: it was created and never started [after 4]
`,
  },
  {
    name: "a changed entry of pre_start is run before its service, which is restarted for it",
    spec: spec.replace("[fill]", "[fill, more]"),
    before: spec,
    seen: (placed) => allThere(placed, settled),
    plan: `
1. create container 73686f702d77_shop-web-pre_start-1-1: its spec changed
2. rename container shop-web-pre_start-1-1 to old_73686f702d77_shop-web-pre_start-1-1: it is kept until its successor has started [after 1]
3. rename container 73686f702d77_shop-web-pre_start-1-1 to shop-web-pre_start-1-1: its predecessor has made room [after 2]
4. stop container shop-web-1: what it depends on is started anew [after 1]
5. start container shop-web-pre_start-1-1: it is new in place of the old one [after 3-4]
6. remove container old_73686f702d77_shop-web-pre_start-1-1: its successor has started [after 5]
7. wait until shop-web-pre_start-1-1 is completed: others need it to have completed [after 5]
8. start container shop-web-1: what it depends on was started anew [after 7]
`,
  },
  {
    name: "a new entry of pre_start is run before its service and makes no pod anew",
    spec: `${spec}      - {command: [third]}\n`,
    before: spec,
    seen: (placed) => allThere(placed, settled),
    plan: `
1. create container shop-web-pre_start-2-1: it is not there
2. stop container shop-web-1: what it depends on is started anew [after 1]
3. start container shop-web-pre_start-2-1: it is new [after 2]
4. wait until shop-web-pre_start-2-1 is completed: others need it to have completed [after 3]
5. start container shop-web-1: what it depends on was started anew [after 4]
`,
  },
  {
    name: "a service without its dependencies is one with its pre_start",
    spec,
    seen: (placed) =>
      allThere(
        placed,
        (container) =>
          container.container === "db" ? settled(container) : container.role === "pause" ? {} : "absent",
      ),
    options: { only: ["web"], withoutDependencies: true },
    plan: `
1. create container shop-web-1: it is not there
2. create container shop-web-pre_start-0-1: it is not there
3. create container shop-web-pre_start-1-1: it is not there
4. start container shop-web-pre_start-0-1: it is new [after 1-3]
5. wait until shop-web-pre_start-0-1 is completed: others need it to have completed [after 4]
6. start container shop-web-pre_start-1-1: it is new [after 5]
7. wait until shop-web-pre_start-1-1 is completed: others need it to have completed [after 6]
8. start container shop-web-1: it is new [after 7]
`,
  },
]);

Deno.test("entries of pre_start run once for their service or for each of its replicas, and no running one is restarted", async () => {
  const text = spec.replace("[fill]}", "[fill], per_replica: true}");
  const { pod } = await podOfText(text, { network: "services" });
  const placedFor = (web: number) =>
    place(pod, host, { supervision: "mesolet", version: "test", scale: { web } }).placed;
  const names = placedFor(2).containers.map(({ name }) => name);
  assertEquals(names, [
    "shop-db-1",
    "shop-web-1",
    "shop-web-2",
    "shop-web-pre_start-0-1",
    "shop-web-pre_start-1-1",
    "shop-web-pre_start-1-2",
  ]);
  const { steps } = planUp(placedFor(2), allThere(placedFor(1), settled), defaultUpOptions);
  assertEquals(steps.map(({ id }) => id), [
    "create shop-web-2",
    "create shop-web-pre_start-1-2",
    "start shop-web-pre_start-1-2",
    "wait shop-web-pre_start-1-2 completed",
    "start shop-web-2",
  ]);
});
