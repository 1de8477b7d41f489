import type { Resource } from "../../../src/mesos/wire/messages.ts";
import { assertEquals } from "../../support/assert.ts";
import { Amounts, downgraded, resourceText, upgraded } from "./amounts.ts";

const cpus = (value: number, more: Partial<Resource> = {}): Resource => ({
  name: "cpus",
  type: "SCALAR",
  scalar: { value },
  ...more,
});
const ports = (...range: readonly (readonly [number, number])[]): Resource => ({
  name: "ports",
  type: "RANGES",
  ranges: { range: range.map(([begin, end]) => ({ begin, end })) },
});
const words = (...item: readonly string[]): Resource => ({ name: "disks", type: "SET", set: { item } });

Deno.test("amounts: scalars have three decimals", () => {
  const sum = Amounts.of([cpus(0.1), cpus(0.2)]);
  assertEquals(`${sum}`, "cpus:0.3");
  assertEquals(sum.contains(Amounts.of([cpus(0.3)])), true);
  assertEquals(sum.minus(Amounts.of([cpus(0.3)])).empty, true);
  assertEquals(Amounts.of([cpus(0.0004)]).empty, true);
});

Deno.test("amounts: ranges are joined, cut and compared", () => {
  const all = Amounts.of([ports([1, 3], [4, 5], [8, 9])]);
  assertEquals(`${all}`, "ports:[1-5, 8-9]");
  assertEquals(`${all.minus(Amounts.of([ports([2, 2], [9, 9])]))}`, "ports:[1-1, 3-5, 8-8]");
  assertEquals(all.contains(Amounts.of([ports([4, 6])])), false);
  assertEquals(all.contains(Amounts.of([ports([2, 4])])), true);
  assertEquals(`${all.minus(Amounts.of([ports([1, 9])]))}`, "");
});

Deno.test("amounts: sets", () => {
  const all = Amounts.of([words("a", "b")]);
  assertEquals(`${all.plus(Amounts.of([words("b", "c")]))}`, "disks:{a, b, c}");
  assertEquals(all.contains(Amounts.of([words("a")])), true);
  assertEquals(all.contains(Amounts.of([words("c")])), false);
});

Deno.test("amounts: reservations and allocations are kept apart", () => {
  const reserved = cpus(1, { reservations: [{ type: "STATIC", role: "a" }] });
  const all = Amounts.of([cpus(2), reserved]);
  assertEquals(
    `${all.allocatedTo("a")}`,
    "cpus(allocated: a):2; cpus(allocated: a)(reservations: [(STATIC,a)]):1",
  );
  assertEquals(all.contains(Amounts.of([cpus(3)])), false);
  assertEquals(all.scalar("cpus"), 3);
  assertEquals(all.allocatedTo("a").allocatedTo(undefined).contains(all), true);
  assertEquals(`${all.atMost({ cpus: 1.5 })}`, "cpus:1.5; cpus(reservations: [(STATIC,a)]):1");
});

Deno.test("amounts: today's form and the one before", () => {
  const old = cpus(1, { role: "a" });
  assertEquals(upgraded(old), cpus(1, { reservations: [{ type: "STATIC", role: "a" }] }));
  assertEquals(downgraded(upgraded(old)), old);
  const dynamic = cpus(1, { role: "a", reservation: { principal: "p" } });
  assertEquals(upgraded(dynamic).reservations, [{ principal: "p", type: "DYNAMIC", role: "a" }]);
  assertEquals(downgraded(upgraded(dynamic)), dynamic);
  assertEquals(downgraded(cpus(1)), cpus(1, { role: "*" }));
  assertEquals(resourceText(cpus(0, { allocation_info: { role: "*" } })), "cpus(allocated: *):0");
});
