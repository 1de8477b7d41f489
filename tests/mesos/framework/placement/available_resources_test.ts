import { AvailableResources } from "../../../../src/mesos/framework/placement/available_resources.ts";
import { wordsOf } from "../../../../src/mesos/framework/placement/lack.ts";
import type { Needs } from "../../../../src/mesos/framework/placement/needs.ts";
import type { Resource } from "../../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../../support/assert.ts";
import { randomFrom } from "../../../support/random.ts";
import { needing, ports, scalar } from "./offering.ts";

/** `cpus(web)=1.5 ports=31000-31001`: what was taken, in a line. */
function line(resources: readonly Resource[]): string {
  return resources.map(({ name, role, reservations, scalar, ranges }) => {
    const of = reservations?.at(-1)?.role ?? role;
    const value = scalar?.value ?? ranges?.range?.map(({ begin, end }) => `${begin}-${end}`).join(",");
    return `${name}${of === undefined ? "" : `(${of})`}=${value}`;
  }).join(" ");
}

const plain = [
  scalar("cpus", 4),
  scalar("mem", 1024),
  scalar("disk", 9000),
  ports("31000-31002,31010-31010"),
];

Deno.test("placement: what is needed is taken of what is offered, and no more", () => {
  const static_ = { role: "web" };
  const dynamic = { reservations: [{ type: "DYNAMIC", role: "web", principal: "p" }] } as const;
  const refined = {
    reservations: [{ type: "STATIC", role: "web" }, { type: "DYNAMIC", role: "web/shop" }],
  } as const;
  const table: [string, readonly Resource[], Needs, string][] = [
    ["scalars", plain, needing(1.5, 128), "cpus=1.5 mem=128"],
    ["all of it", plain, needing(4, 1024), "cpus=4 mem=1024"],
    ["disk", plain, needing(1, 1, { disk: 500_000 }), "cpus=1 mem=1 disk=500"],
    ["nothing of what is not needed", plain, needing(0, 1), "mem=1"],
    ["any ports are the lowest", plain, needing(1, 1, { ports: [{}, {}] }), "cpus=1 mem=1 ports=31000-31001"],
    [
      "ports of several ranges",
      plain,
      needing(0, 1, { ports: [{}, {}, {}, {}] }),
      "mem=1 ports=31000-31002,31010-31010",
    ],
    ["a fixed port", plain, needing(0, 1, { ports: [{ fixed: 31010 }] }), "mem=1 ports=31010-31010"],
    [
      "of two layers the deeper first, then what is not reserved",
      [scalar("cpus", 1), scalar("cpus", 1, dynamic), scalar("cpus", 1, refined), scalar("mem", 9)],
      needing(2.5, 1),
      "cpus(web/shop)=1 cpus(web)=1 cpus=0.5 mem=1",
    ],
    [
      "the older form of a reservation",
      [scalar("cpus", 1), scalar("cpus", 1, static_), scalar("mem", 9)],
      needing(1.1, 1),
      "cpus(web)=1 cpus=0.1 mem=1",
    ],
    [
      "three decimals add up as Mesos has it",
      [scalar("cpus", 0.1), scalar("cpus", 0.2, static_), scalar("mem", 9)],
      needing(0.3, 1),
      "cpus(web)=0.2 cpus=0.1 mem=1",
    ],
  ];
  for (const [what, offered, needs, expected] of table) {
    assertEquals(line(new AvailableResources(offered).take(needs)?.resources ?? []), expected, what);
  }
});

Deno.test("placement: resources are named in a task just as they were offered", () => {
  const reserved = scalar("mem", 64, {
    reservations: [{
      type: "DYNAMIC",
      role: "web",
      principal: "p",
      labels: { labels: [{ key: "a", value: "b" }] },
    }],
    allocation_info: { role: "web" },
  });
  const taken = new AvailableResources([reserved]).take(needing(0, 32));
  assertEquals(taken?.resources, [{ ...reserved, scalar: { value: 32 } }]);
});

Deno.test("placement: ports come in the order in which they are needed, fixed ones where they stand", () => {
  const available = new AvailableResources([ports("31000-31003")]);
  const needs = needing(0, 0, { ports: [{}, { fixed: 31000 }, {}, { fixed: 31002 }] });
  assertEquals(available.take(needs)?.ports, [31001, 31000, 31003, 31002]);
  assertEquals(available.lacks(needing(0, 0, { ports: [{}] })).map(wordsOf), ["ports: 1 needed, 0 offered"]);
});

Deno.test("placement: what cannot be met takes nothing, and is told", () => {
  const table: [string, Needs, string[]][] = [
    ["cpus", needing(4.001, 1), ["cpus: 4.001 needed, 4 offered"]],
    ["all that lacks", needing(5, 2000, { gpus: 1000 }), [
      "cpus: 5 needed, 4 offered",
      "memory: 2000 MiB needed, 1024 MiB offered",
      "gpus: 1 needed, 0 offered",
    ]],
    ["ports", needing(0, 0, { ports: [{}, {}, {}, {}, {}] }), ["ports: 5 needed, 4 offered"]],
    ["a fixed port", needing(0, 0, { ports: [{ fixed: 80 }] }), ["port 80 is not offered"]],
    ["a fixed port twice", needing(0, 0, { ports: [{ fixed: 31000 }, { fixed: 31000 }] }), [
      "port 31000 is not offered",
    ]],
  ];
  for (const [what, needs, expected] of table) {
    const available = new AvailableResources(plain);
    assertEquals(available.lacks(needs).map(wordsOf), expected, what);
    assertEquals(available.take(needs), undefined, what);
    assertEquals(available.left("cpus"), 4000, what);
  }
});

Deno.test("placement: what may go away, holds data or is another disk is left alone", () => {
  const path = { source: { type: "PATH", path: { root: "/ssd" } } } as const;
  const available = new AvailableResources([
    scalar("cpus", 1, { revocable: {} }),
    scalar("disk", 1, { shared: {} }),
    scalar("disk", 1, { disk: { persistence: { id: "data" } } }),
    scalar("disk", 1, { disk: path }),
  ]);
  assertEquals([available.left("cpus"), available.left("disk")], [0, 0]);
});

Deno.test("placement: however much is taken of an offer, it is never more than was offered, and nothing twice", () => {
  const random = randomFrom(20261121);
  const whole = (bound: number) => Math.floor(random() * bound);
  for (let round = 0; round < 300; round++) {
    const offered = [
      scalar("cpus", whole(8000) / 1000),
      scalar("cpus", whole(8000) / 1000, { role: "web" }),
      scalar("mem", whole(4096)),
      ports(`31000-${31000 + whole(6)},32000-${32000 + whole(6)}`),
    ];
    const available = new AvailableResources(offered);
    const before = available.left("cpus");
    let cpus = 0;
    const seen = new Set<number>();
    for (let times = 0; times < 12; times++) {
      const needs = needing(whole(2000) / 1000, whole(512), {
        ports: Array.from({ length: whole(3) }, () => random() < 0.3 ? { fixed: 31000 + whole(8) } : {}),
      });
      const lacks = available.lacks(needs).length > 0;
      const taken = available.take(needs);
      assertEquals(taken === undefined, lacks);
      if (taken === undefined) continue;
      cpus += needs.cpus;
      assertEquals(taken.ports.length, needs.ports.length);
      for (const [index, port] of taken.ports.entries()) {
        assertEquals(seen.has(port), false);
        seen.add(port);
        assertEquals(port, needs.ports[index]?.fixed ?? port);
      }
      const sum = taken.resources.reduce(
        (all, { name, scalar }) => name === "cpus" ? all + Math.round((scalar?.value ?? 0) * 1000) : all,
        0,
      );
      assertEquals(sum, needs.cpus);
    }
    assertEquals(available.left("cpus"), before - cpus);
  }
});
