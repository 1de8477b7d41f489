import { allThere, nothingThere } from "../support/placing.ts";
import { pair, settled, shop, testUp } from "../support/planning_up.ts";

testUp([
  {
    name: "a changed network stays as it is while somebody stays on it",
    spec: `${pair}networks: {default: {internal: true}}`,
    before: pair,
    network: "services",
    seen: (placed) => allThere(placed),
    options: { recreate: "never" },
    plan: `
warning: network shop_default keeps its old definition, as shop-a-1, shop-b-1 would stay on it: up without names of services and without --no-recreate makes it anew
nothing to do
`,
  },
  {
    name: "a changed network is not made anew for one of two who are on it",
    spec: `${pair}networks: {default: {internal: true}}`,
    before: pair,
    network: "services",
    seen: (placed) => allThere(placed),
    options: { only: ["a"] },
    plan: `
warning: network shop_default keeps its old definition, as shop-b-1 would stay on it: up without names of services and without --no-recreate makes it anew
1. create container 73686f702d61_shop-a-1: its spec changed
2. stop container shop-a-1: its spec changed [after 1]
3. rename container shop-a-1 to old_73686f702d61_shop-a-1: it is kept until its successor has started [after 2]
4. rename container 73686f702d61_shop-a-1 to shop-a-1: its predecessor has made room [after 3]
5. start container shop-a-1: it is new in place of the old one [after 4]
6. remove container old_73686f702d61_shop-a-1: its successor has started [after 5]
`,
  },
  {
    name: "a changed network is made anew, and so is what is on it",
    spec: `${pair}networks: {default: {internal: true}}`,
    before: pair,
    network: "services",
    seen: (placed) => allThere(placed),
    plan: `
 1. stop container shop-a-1: its spec changed
 2. remove container shop-a-1: its spec changed [after 1]
 3. stop container shop-b-1: its spec changed
 4. remove container shop-b-1: its spec changed [after 3]
 5. remove network shop_default: its definition changed [after 2, 4]
 6. create network shop_default: its definition changed [after 5]
 7. create container shop-a-1: its spec changed [after 6]
 8. create container shop-b-1: its spec changed [after 6]
 9. start container shop-a-1: it is new in place of the old one [after 7-8]
10. start container shop-b-1: it is new in place of the old one [after 7-8]
`,
  },
  {
    name: "who depends on what leaves a network that is made anew stops before it",
    spec: `
services:
  a: {image: one, networks: [x]}
  b: {image: two, command: new, depends_on: [a], networks: [y]}
  c: {image: three, depends_on: {a: {condition: service_started, restart: true}}, networks: [y]}
networks: {x: {internal: true}, y: {}}
`,
    before: `
services:
  a: {image: one, networks: [x]}
  b: {image: two, depends_on: [a], networks: [y]}
  c: {image: three, depends_on: {a: {condition: service_started, restart: true}}, networks: [y]}
networks: {x: {}, y: {}}
`,
    network: "services",
    seen: (placed) => allThere(placed),
    plan: `
 1. stop container shop-b-1: its spec changed
 2. stop container shop-c-1: what it depends on is started anew
 3. stop container shop-a-1: its spec changed [after 1-2]
 4. remove container shop-a-1: its spec changed [after 3]
 5. remove network shop_x: its definition changed [after 4]
 6. create network shop_x: its definition changed [after 5]
 7. create container shop-a-1: its spec changed [after 6]
 8. create container 73686f702d62_shop-b-1: its spec changed [after 6]
 9. rename container shop-b-1 to old_73686f702d62_shop-b-1: it is kept until its successor has started [after 7-8]
10. rename container 73686f702d62_shop-b-1 to shop-b-1: its predecessor has made room [after 9]
11. start container shop-a-1: it is new in place of the old one [after 7-8]
12. start container shop-b-1: it is new in place of the old one [after 10-11]
13. remove container old_73686f702d62_shop-b-1: its successor has started [after 12]
14. start container shop-c-1: what it depends on was started anew [after 11]
`,
  },
  {
    name: "on an engine before API 1.44 further networks are connected one by one",
    spec: `
services: {a: {image: one, networks: {x: {priority: 1}, y: {}}}}
networks: {x: {}, y: {}}
`,
    network: "services",
    seen: (placed) => nothingThere(placed),
    plan: `
1. create network shop_x: it is not there
2. create network shop_y: it is not there
3. create container shop-a-1: it is not there [after 1-2]
4. connect container shop-a-1 to network shop_y: it is on several networks [after 3]
5. start container shop-a-1: it is new [after 4]
`,
  },
  {
    name: "a changed volume keeps its data and is spoken of",
    spec: shop.replace("volumes: {data: {}}", "volumes: {data: {labels: {a: b}}}"),
    before: shop,
    seen: (placed) => allThere(placed, settled),
    plan: `
warning: volume shop_data keeps its old definition and its data: remove it with down -v to have it made anew
nothing to do
`,
  },
  {
    name: "content is copied in between, into a volume where the root is read-only",
    spec: `
services:
  a: {image: one, read_only: true, configs: [{source: c, target: /etc/app/c}]}
configs: {c: {content: hello}}
`,
    network: "host",
    seen: (placed) => nothingThere(placed),
    plan: `
1. create volume shop-a-1_files: it takes the secrets and configs of a container with a read-only root
2. create container shop-a-1: it is not there [after 1]
3. copy /etc/app/c (5 bytes) into shop-a-1: it is a secret or config that is no file of this host [after 2]
4. start container shop-a-1: it is new [after 3]
`,
  },
]);
