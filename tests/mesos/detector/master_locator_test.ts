import { locateMasters } from "../../../src/mesos/detector/locate_masters.ts";
import { parseMasterAddress } from "../../../src/mesos/detector/master_address.ts";
import { ListedMasters } from "../../../src/mesos/detector/master_locator.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";

const live = new AbortController().signal;

function locate(...hosts: readonly string[]) {
  const masters = new ListedMasters(hosts.map((hostname) => ({ hostname, port: 5050 })), false);
  return {
    masters,
    async find() {
      const { hostname, port } = await masters.find(live);
      return `${hostname}:${port}`;
    },
    async failed() {
      masters.failed();
      return await this.find();
    },
    async redirected(location: string) {
      const followed = masters.redirected(await masters.find(live), location);
      if (!followed) masters.failed();
      return `${followed} ${await this.find()}`;
    },
  };
}

Deno.test("masters by name: one after the other, and round", async () => {
  const located = locate("a", "b", "c");
  assertEquals(await located.find(), "a:5050");
  assertEquals(await located.find(), "a:5050");
  assertEquals(await located.failed(), "b:5050");
  assertEquals(await located.failed(), "c:5050");
  assertEquals(await located.failed(), "a:5050");
  assertEquals(await locate("a").failed(), "a:5050");
});

Deno.test("masters by name: a redirect is followed in each form of a Location", async () => {
  const table: readonly (readonly [location: string, next: string])[] = [
    ["//m:5051/api/v1/scheduler", "true m:5051"],
    ["http://m:5051/api/v1/scheduler", "true m:5051"],
    ["https://m/master/redirect", "true m:5050"],
    ["//[::1]:5051/", "true ::1:5051"],
    ["", "false b:5050"],
    ["/api/v1/scheduler", "false b:5050"],
    ["//me@m:5050/", "false b:5050"],
    ["//:5050/", "false b:5050"],
  ];
  for (const [location, next] of table) {
    assertEquals(await locate("a", "b").redirected(location), next, location);
  }
});

Deno.test("masters by name: a leader that was named and fails is no more asked, nor who named it", async () => {
  const located = locate("a", "b");
  await located.redirected("//m:1/");
  assertEquals(await located.failed(), "b:5050");
});

Deno.test("masters by name: not more than five redirects in a row, and TLS is kept", async () => {
  const located = locate("a", "b");
  for (let step = 1; step <= 5; step++) {
    assertEquals(await located.redirected(`//m${step}:1/`), `true m${step}:1`);
  }
  assertEquals(await located.redirected("//m6:1/"), "false b:5050");
  const masters = new ListedMasters([{ hostname: "a", port: 1 }], true);
  masters.redirected(await masters.find(live), "http://b:2/");
  assertEquals(await masters.find(live), { hostname: "b", port: 2, secure: true });
});

Deno.test("masters by name: nobody is found for one who has gone", async () => {
  await assertRejects(() => locate("a").masters.find(AbortSignal.abort(new Error("gone"))), Error, "gone");
});

Deno.test("a locator of each kind is made of what --master says, and leaves nothing behind", async () => {
  const clock = new SteppedClock();
  const kinds: string[] = [];
  for (const text of ["m1,m2", "https://m1", "zk://127.0.0.1:1/mesos"]) {
    const locator = await locateMasters(parseMasterAddress(text, "--master"), clock, () => 0);
    kinds.push(locator.constructor.name);
    await locator.close();
  }
  assertEquals(kinds, ["ListedMasters", "ListedMasters", "ZookeeperMasters"]);
  assertEquals(clock.sleeping, 0);
});
