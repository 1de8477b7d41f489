import { infoChanges } from "../../../src/mesos/framework/info_changes.ts";
import type { FrameworkInfo } from "../../../src/mesos/wire/messages.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertMatch, assertThrows } from "../../support/assert.ts";
import { politeInfo } from "../master/test_framework.ts";

const before: FrameworkInfo = {
  ...politeInfo,
  name: "shop",
  user: "root",
  roles: ["a", "b"],
  failover_timeout: 60,
};

Deno.test("what a framework says of itself in another way is told", () => {
  const table: [Partial<FrameworkInfo>, readonly string[]][] = [
    [{ hostname: "elsewhere" }, []],
    [{ name: "store" }, ["the framework is called store now, and was shop"]],
    [{ roles: ["b", "c"] }, [
      "the framework has the roles c as well now",
      "the framework has the roles a no more: what runs with them goes on",
    ]],
    [{ user: "pods" }, ["executors of new tasks run as pods, and no more as root"]],
    [{ failover_timeout: 90 }, ["a master keeps tasks without an operator for 90 s now"]],
  ];
  for (const [change, expected] of table) {
    assertEquals(infoChanges(before, { ...before, ...change }), expected);
  }
});

Deno.test("another principal is refused before the master does", () => {
  const error = assertThrows(() => infoChanges(before, { ...before, principal: "shop" }), MesoletError);
  assertMatch(
    error.message,
    /^the framework was registered with no principal, and now there is principal shop, /,
  );
});
