import { ListedMasters } from "../../../src/mesos/detector/master_locator.ts";
import {
  findFramework,
  type FoundFramework,
  type FrameworkSearch,
  judgeFrameworks,
  type ListedFramework,
} from "../../../src/mesos/framework/find_framework.ts";
import type { FrameworkInfo } from "../../../src/mesos/wire/messages.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertMatch, assertRejects } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { StrictMaster } from "../master/strict_master.ts";
import { politeInfo } from "../master/test_framework.ts";

const labels = { labels: [{ key: "mesolet.directories", value: "/pods" }] };
const info: FrameworkInfo = { ...politeInfo, name: "shop", roles: ["b", "a"], hostname: "here", labels };

function listed(more: Partial<ListedFramework> = {}): ListedFramework {
  return {
    id: "f-1",
    name: "shop",
    principal: "",
    roles: ["a", "b"],
    hostname: "here",
    directories: "/pods",
    connected: false,
    holds: true,
    ...more,
  };
}

function without({ directories: _, ...framework }: ListedFramework): ListedFramework {
  return framework;
}

Deno.test("a framework that has lost its state is known by name, principal, roles, host and directories", () => {
  const table: [string, readonly ListedFramework[], FoundFramework][] = [
    ["nothing there", [], { kind: "none" }],
    ["this one", [listed()], { kind: "own", id: "f-1" }],
    ["this one, with nothing yet", [listed({ holds: false })], { kind: "own", id: "f-1" }],
    ["another name", [listed({ name: "other" })], { kind: "none" }],
    ["another principal", [listed({ principal: "other" })], { kind: "none" }],
    ["another role", [listed({ roles: ["a"] })], { kind: "none" }],
    ["it is led", [listed({ connected: true })], { kind: "led", id: "f-1", hostname: "here" }],
    ["led elsewhere", [listed({ connected: true, hostname: "there" })], {
      kind: "led",
      id: "f-1",
      hostname: "there",
    }],
    ["led by somebody who does not say what for", [{ ...without(listed({ connected: true })) }], {
      kind: "led",
      id: "f-1",
      hostname: "here",
    }],
    ["led for other directories", [listed({ connected: true, directories: "/others" })], { kind: "none" }],
    ["of other directories", [listed({ directories: "/others" })], {
      kind: "unclear",
      ids: ["f-1"],
      hostname: "here",
    }],
    ["of another host", [listed({ hostname: "there" })], {
      kind: "unclear",
      ids: ["f-1"],
      hostname: "there",
    }],
    ["of another host, with nothing", [listed({ hostname: "there", holds: false })], { kind: "none" }],
    ["two", [listed(), listed({ id: "f-2" })], { kind: "unclear", ids: ["f-1", "f-2"], hostname: "here" }],
    ["two, one with nothing", [listed({ holds: false }), listed({ id: "f-2" })], { kind: "own", id: "f-2" }],
    ["two with nothing", [listed({ holds: false }), listed({ id: "f-2", holds: false })], {
      kind: "own",
      id: "f-1",
    }],
    ["this one, and one of another host", [listed({ id: "f-2", hostname: "there" }), listed()], {
      kind: "own",
      id: "f-1",
    }],
    [
      "one with nothing, and one of another host",
      [listed({ holds: false }), listed({ id: "f-2", hostname: "there" })],
      { kind: "unclear", ids: ["f-2"], hostname: "there" },
    ],
  ];
  for (const [name, list, expected] of table) assertEquals(judgeFrameworks(list, info), expected, name);
});

/** A search before a master, and what it told. */
function searching(master: StrictMaster, more: Partial<FrameworkSearch> = {}) {
  const told: string[] = [];
  const search: FrameworkSearch = {
    access: {
      locator: new ListedMasters([{ hostname: "127.0.0.1", port: master.port }], false),
      clock: systemClock,
    },
    random: () => 0.99,
    info: { ...politeInfo, hostname: "here", name: "shop", labels },
    signal: new AbortController().signal,
    onWait: (reason) => told.push(`waits: ${reason}`),
    tell: (line) => told.push(line),
    ...more,
  };
  return { found: findFramework(search), told };
}

async function register(
  master: StrictMaster,
  more: Partial<FrameworkInfo> = {},
): Promise<() => Promise<void>> {
  const answer = await fetch(`http://${master.endpoint}/api/v1/scheduler`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({
      type: "SUBSCRIBE",
      subscribe: { framework_info: { ...politeInfo, hostname: "here", name: "shop", labels, ...more } },
    }),
  });
  return async () => await answer.body?.cancel();
}

Deno.test("a master tells which framework it was, when nobody speaks for that any more", async () => {
  await using master = new StrictMaster();
  assertEquals(await searching(master).found, undefined);
  const leave = await register(master);
  const { found, told } = searching(master);
  await waitUntil("it is seen to be connected", () => told.length > 0);
  await leave();
  const [id] = [...master.host.core.state.frameworks.keys()];
  assertEquals(await found, id);
  assertEquals(told, [
    `waits: framework ${id} of the same name is connected`,
    `there is no state here, and the master has framework ${id} of this name, host and directories: it goes on`,
  ]);
});

Deno.test("a master that does not say who is there leaves a framework without a state to begin", async () => {
  await using master = new StrictMaster({ credentials: new Map([["mesolet", "secret"]]) });
  const { found, told } = searching(master);
  assertEquals(await found, undefined);
  assertMatch(
    told[0] ?? "",
    /^the master at .* refuses GET_FRAMEWORKS: 401 .* begins as a new framework; .*--framework-id$/,
  );
  const known = searching(master, {
    access: {
      locator: new ListedMasters([{ hostname: "127.0.0.1", port: master.port }], false),
      credential: { principal: "mesolet", secret: "secret" },
      clock: systemClock,
    },
  });
  assertEquals(await known.found, undefined);
  assertEquals(known.told, []);
});

Deno.test("a list is waited for until the master has heard of all agents that it remembers", async () => {
  await using master = new StrictMaster();
  const agent = master.addAgent({ hostname: "one" });
  agent.lose();
  await master.stop();
  await master.start({ agentsAfter: 0 });
  const { found, told } = searching(master);
  await waitUntil("it waits", () => told.some((line) => line.includes("has not heard of 1 of its agents")));
  agent.comeBack();
  assertEquals(await found, undefined);
});

Deno.test("who may be somebody else is asked for, with what to say", async () => {
  const gone = new AbortController();
  await using master = new StrictMaster();
  const leave = await register(master, { hostname: "there" });
  let now = 0;
  const clock = { ...systemClock, elapsed: () => (now += 6_000) };
  const { found } = searching(master, {
    access: { locator: new ListedMasters([{ hostname: "127.0.0.1", port: master.port }], false), clock },
    signal: gone.signal,
  });
  const error = await assertRejects(() => found, MesoletError);
  assertMatch(
    error.message,
    /^framework .* is called shop as well, and runs on there: give .* --framework, /,
  );
  await leave();
});
