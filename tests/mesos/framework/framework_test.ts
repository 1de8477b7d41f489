import { SessionEnd } from "../../../src/mesos/framework/session/session_end.ts";
import type { PodWish } from "../../../src/mesos/framework/wish/pod_wish.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";
import { StrictMaster } from "../master/strict_master.ts";
import { politeInfo } from "../master/test_framework.ts";
import { wish } from "./cluster/playing.ts";
import { RunningFramework } from "./running_framework.ts";

interface Setting {
  readonly master: StrictMaster;
  readonly start: (...wishes: readonly PodWish[]) => Promise<RunningFramework>;
}

async function withMaster(work: (setting: Setting) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-framework-" });
  try {
    await using master = new StrictMaster({ allocationInterval: 50, agentPingTimeout: 200 });
    for (const hostname of ["one", "two", "three"]) master.addAgent({ hostname });
    await work({
      master,
      start: (...wishes) => RunningFramework.start(master, `${directory}/framework.db`, wishes),
    });
    // What was under way when either side ended comes to nothing.
    const breaches = master.breaches.filter((breach) => !/was answered (403|404|503)/.test(breach));
    assertEquals(breaches, []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function tasks(framework: RunningFramework): string[] {
  return framework.board.pods().flatMap(({ instances = [] }) => instances.flatMap(({ task }) => task ?? []));
}

Deno.test("framework: pods of specs run on the agents, each instance once", () =>
  withMaster(async ({ start }) => {
    await using framework = await start(wish("web", { replicas: 3 }), wish("db"));
    await framework.allRun();
    const hosts = framework.instances("web").map(({ agent }) => agent?.hostname);
    assertEquals(new Set(hosts).size, 3);
    framework.want(wish("db"));
    await waitUntil("web is gone", () => framework.board.pods().length === 1);
    await framework.allRun();
  }));

Deno.test("framework: one that begins anew takes over what runs", () =>
  withMaster(async ({ start }) => {
    await using framework = await start(wish("web", { replicas: 3 }), wish("db"));
    await framework.allRun();
    const before = tasks(framework);
    await framework.restart();
    await framework.allRun();
    assertEquals(tasks(framework), before);
  }));

Deno.test("framework: a master that dies and comes back changes nothing", () =>
  withMaster(async ({ start, master }) => {
    await using framework = await start(wish("web", { replicas: 3 }));
    await framework.allRun();
    const before = tasks(framework);
    await master.restart();
    await master.subscribed();
    framework.want(wish("web", { replicas: 3 }), wish("db"));
    await framework.allRun();
    assertEquals(tasks(framework).filter((id) => id.startsWith("web.")), before);
  }));

Deno.test("framework: pods that are to be stopped are waited for while the master is away", () =>
  withMaster(async ({ start, master }) => {
    await using running = await start(wish("web", { replicas: 3 }));
    await running.allRun();
    await master.stop();
    await waitUntil("it has lost the master", () => running.lines.some((line) => line.includes("lost the")));
    const { framework } = running;
    framework.stop("stop-pods");
    assertEquals(running.lines.some((line) => line.startsWith("waits for the master")), true);
    await master.start({ agentsAfter: 0 });
    assertEquals(await framework.done, 0);
    await waitUntil(
      "nothing runs",
      () =>
        [...master.host.core.state.frameworks.values()].every(({ tasks }) =>
          [...tasks.values()].every(({ ended }) => ended)
        ),
    );
  }));

Deno.test("framework: an instance that fails is told of, and one that is lost comes back elsewhere", () =>
  withMaster(async ({ start, master }) => {
    await using framework = await start(wish("web", { unreachableWait: 0 }));
    await framework.allRun();
    const [first] = framework.instances("web");
    const agent = master.agents.find(({ id }) => id === first?.agent?.id);
    if (agent === undefined || !("lose" in agent)) throw new Error("a simulated agent was expected");
    agent.lose();
    await waitUntil("another one runs", () => {
      const [one] = framework.instances("web");
      return one?.state === "running" && one.agent?.id !== first?.agent?.id;
    });
    agent.comeBack();
    await waitUntil("the old one is killed", () => framework.instances("web").length === 1);
    await framework.allRun();
  }));

Deno.test("framework: another instance of it takes over, and the first one ends", () =>
  withMaster(async ({ start, master }) => {
    await using framework = await start(wish("web"));
    await framework.allRun();
    const { done } = framework.framework;
    const id = [...master.host.core.state.frameworks.keys()][0] ?? "";
    const answer = await fetch(`http://${master.endpoint}/api/v1/scheduler`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({
        type: "SUBSCRIBE",
        framework_id: { value: id },
        subscribe: { framework_info: { ...politeInfo, id: { value: id }, roles: ["mesolet"] } },
      }),
    });
    const error = await assertRejects(() => done, SessionEnd);
    assertEquals(error.why, "failed-over");
    await answer.body?.cancel();
  }));

Deno.test("framework: all instances of a version run the same digests, wherever and whenever they are launched", () =>
  withMaster(async ({ start }) => {
    const pinned = (version: string, replicas: number) => ({
      ...wish("web", { replicas }),
      version,
      pins: ["app:1"],
    });
    await using framework = await start(wish("db"));
    let tag = "sha256:one";
    framework.digestOf = () => Promise.resolve(tag);
    framework.want(pinned("1", 1));
    await framework.allRun();
    assertEquals(framework.digests, ["app:1=sha256:one"]);
    tag = "sha256:two";
    await framework.restart();
    framework.want(pinned("1", 3));
    await waitUntil("all are launched", () => framework.digests.length >= 3);
    await framework.allRun();
    assertEquals(framework.digests, ["app:1=sha256:one", "app:1=sha256:one", "app:1=sha256:one"]);
    // A registry that is down leaves what runs.
    framework.digestOf = () => Promise.reject(new Error("the registry is down"));
    framework.want(pinned("2", 3));
    await waitUntil(
      "it is told",
      () => framework.lines.some((line) => line.includes("the registry is down")),
    );
    await framework.allRun();
    assertEquals(framework.digests.length, 3);
  }));
