import { defaultUpOptions } from "../../src/plan/plan_options.ts";
import { planUp } from "../../src/plan/up.ts";
import { assertEquals } from "../support/assert.ts";
import { allThere, idFor, objectOf, placementOf } from "../support/placing.ts";
import { pair, testUp } from "../support/planning_up.ts";

testUp([
  {
    name: "a pod-level change replaces the pause container and all who live in its namespaces",
    spec: pair.replace("one}", 'one, ports: ["80:80"]}'),
    before: pair,
    seen: (placed) => allThere(placed),
    plan: `
 1. create container 73686f705f70_shop_pause: its spec changed
 2. create container 73686f702d61_shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 3. create container 73686f702d62_shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 4. stop container shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 5. stop container shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 6. stop container shop_pause: its spec changed [after 4-5]
 7. rename container shop_pause to old_73686f705f70_shop_pause: it is kept until its successor has started [after 6]
 8. rename container 73686f705f70_shop_pause to shop_pause: its predecessor has made room [after 7]
 9. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 4]
10. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 9]
11. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 5]
12. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 11]
13. start container shop_pause: it is new in place of the old one [after 8]
14. start container shop-a-1: it is new in place of the old one [after 10, 13]
15. start container shop-b-1: it is new in place of the old one [after 12-13]
16. remove container old_73686f702d61_shop-a-1: its successor has started [after 14-15]
17. remove container old_73686f702d62_shop-b-1: its successor has started [after 14-15]
18. remove container old_73686f705f70_shop_pause: its successor has started [after 16-17]
`,
  },
  {
    name: "the pause container ended: those who run without it are started anew",
    spec: pair,
    seen: (placed) =>
      allThere(
        placed,
        ({ role, container }) =>
          role === "pause" || container === "b" ? { state: "exited", exitCode: 0 } : {},
      ),
    options: { ended: "leave" },
    plan: `
1. stop container shop-a-1: what it depends on is started anew
2. start container shop_pause: it has ended
3. start container shop-a-1: what it depends on was started anew [after 1-2]
`,
  },
  {
    name: "the pause container is gone: it is made again, and so are its members",
    spec: pair,
    seen: (placed) => allThere(placed, ({ role }) => role === "pause" ? "absent" : {}),
    options: { ended: "leave" },
    plan: `
 1. create container shop_pause: it is not there
 2. create container 73686f702d61_shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 3. create container 73686f702d62_shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 4. stop container shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 5. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 4]
 6. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 5]
 7. stop container shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 8. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 7]
 9. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 8]
10. start container shop_pause: it is new [after 4, 7]
11. start container shop-a-1: it is new in place of the old one [after 6, 10]
12. remove container old_73686f702d61_shop-a-1: its successor has started [after 11]
13. start container shop-b-1: it is new in place of the old one [after 9-10]
14. remove container old_73686f702d62_shop-b-1: its successor has started [after 13]
`,
  },
  {
    name: "members that hold the namespace of a pause container that is gone are replaced",
    spec: pair,
    seen: (placed) =>
      allThere(placed, ({ role }) => role === "pause" ? {} : { networkMode: `container:${"f".repeat(64)}` }),
    plan: `
 1. create container 73686f702d61_shop-a-1: a container whose namespaces or volumes it used is gone
 2. create container 73686f702d62_shop-b-1: a container whose namespaces or volumes it used is gone
 3. stop container shop-a-1: a container whose namespaces or volumes it used is gone [after 1-2]
 4. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 3]
 5. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 4]
 6. stop container shop-b-1: a container whose namespaces or volumes it used is gone [after 1-2]
 7. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 6]
 8. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 7]
 9. start container shop-a-1: it is new in place of the old one [after 5]
10. remove container old_73686f702d61_shop-a-1: its successor has started [after 9]
11. start container shop-b-1: it is new in place of the old one [after 8]
12. remove container old_73686f702d62_shop-b-1: its successor has started [after 11]
`,
  },
  {
    name: "a new name in the pod, and an orphan that lived in the namespace that is made anew",
    spec: "services: {a: {image: one}, c: {image: two}}",
    before: pair,
    seen: (placed) => allThere(placed),
    plan: `
 1. create container 73686f705f70_shop_pause: the name c is new in the pod
 2. create container 73686f702d61_shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 3. create container shop-c-1: it is not there [after 1]
 4. stop container shop-b-1: the pod's namespaces are made anew without it [after 2-3]
 5. remove container shop-b-1: the pod's namespaces are made anew without it [after 4]
 6. stop container shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 7. stop container shop_pause: the name c is new in the pod [after 6]
 8. rename container shop_pause to old_73686f705f70_shop_pause: it is kept until its successor has started [after 7]
 9. rename container 73686f705f70_shop_pause to shop_pause: its predecessor has made room [after 8]
10. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 6]
11. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 10]
12. start container shop_pause: it is new in place of the old one [after 5, 9]
13. start container shop-a-1: it is new in place of the old one [after 11-12]
14. remove container old_73686f702d61_shop-a-1: its successor has started [after 13]
15. remove container old_73686f705f70_shop_pause: its successor has started [after 14]
16. start container shop-c-1: it is new [after 12]
`,
  },
  {
    name: "up of one service whose change concerns the namespaces of all takes the others along",
    spec: pair.replace("one}", 'one, ports: ["80:80"]}'),
    before: pair,
    seen: (placed) => allThere(placed),
    options: { only: ["a"] },
    plan: `
warning: the pod's namespaces are made anew, and with them b
 1. create container 73686f705f70_shop_pause: its spec changed
 2. create container 73686f702d61_shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 3. create container 73686f702d62_shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 1]
 4. stop container shop-a-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 5. stop container shop-b-1: shop_pause, whose namespaces or volumes it uses, is made anew [after 2-3]
 6. stop container shop_pause: its spec changed [after 4-5]
 7. rename container shop_pause to old_73686f705f70_shop_pause: it is kept until its successor has started [after 6]
 8. rename container 73686f705f70_shop_pause to shop_pause: its predecessor has made room [after 7]
 9. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 4]
10. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 9]
11. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 5]
12. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 11]
13. start container shop_pause: it is new in place of the old one [after 8]
14. start container shop-a-1: it is new in place of the old one [after 10, 13]
15. start container shop-b-1: it is new in place of the old one [after 12-13]
16. remove container old_73686f702d61_shop-a-1: its successor has started [after 14-15]
17. remove container old_73686f702d62_shop-b-1: its successor has started [after 14-15]
18. remove container old_73686f705f70_shop_pause: its successor has started [after 16-17]
`,
  },
  {
    name: "a pod that gives up its total gives up its cgroup",
    spec: "services: {a: {image: one}}",
    before: "services: {a: {image: one}}\nx-pod: {resources: {mem: 64m}}",
    network: "host",
    seen: (placed) => allThere(placed),
    plan: `
1. create container 73686f702d61_shop-a-1: its spec changed
2. stop container shop-a-1: its spec changed [after 1]
3. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 2]
4. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 3]
5. start container shop-a-1: it is new in place of the old one [after 4]
6. remove container old_73686f702d61_shop-a-1: its successor has started [after 5]
7. remove cgroup /mesolet/shop: the pod has no total any more [after 6]
`,
  },
]);

Deno.test("up: members are made to join the pause container that is to succeed, not the one that is to go", async () => {
  const { placed: before } = await placementOf(pair);
  const { placed } = await placementOf(pair.replace("one}", 'one, ports: ["80:80"]}'));
  const { steps } = planUp(placed, allThere(before), defaultUpOptions);
  const modes = steps.flatMap((step) =>
    step.kind === "create-container" ? [objectOf(step.body["HostConfig"])["NetworkMode"]] : []
  );
  const pause = `${idFor("shop_pause").slice(0, 12)}_shop_pause`;
  assertEquals(modes, ["mesolet", `container:<id:${pause}>`, `container:<id:${pause}>`]);
});
