import type { AgentEntry } from "../../src/operator/cluster_board.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { FakeBoard, podEntry } from "./fake_board.ts";
import { FakeCluster } from "./fake_cluster.ts";
import { onPage, type Page, weakTexts, wide } from "./on_page.ts";
import { hostileText } from "./shown_board.ts";
import { busyCluster, crowdedCluster } from "./shown_cluster.ts";

const openAll = "document.querySelectorAll('.open').forEach((button) => button.click())";

function agentRows(page: Page): Promise<string[][]> {
  return page.browser.evaluate(
    "[...document.querySelectorAll('tr.agent')].map((row) => [...row.cells].map((cell) => cell.innerText.trim()))",
  );
}

function clusterOf(board: FakeBoard): FakeCluster {
  if (!(board.cluster instanceof FakeCluster)) throw new Error("it is a board of a cluster");
  return board.cluster;
}

onPage("agents, instances and why they wait are shown of a cluster", busyCluster, async (page) => {
  await waitUntil("the agents are shown", async () => (await agentRows(page)).length === 6);
  assertEquals(await page.text("#master"), "Master 10.0.0.1:5050");
  assertEquals(
    await page.browser.evaluate(
      "[...document.querySelectorAll('#pod-table > thead th')].filter((each) => each.checkVisibility())" +
        ".map(({ innerText }) => innerText.trim())",
    ),
    ["Pod", "Phase", "Ready", "Agents", "Since"],
  );
  assertEquals((await page.rows()).map(([name, , ready, , , , agents]) => [name, ready, agents]), [
    ["batch", "0 of 1", "–"],
    ["checkout", "1 of 2", "agent-0000.example"],
    ["search", "5 of 5", "agent-0000.example, agent-0001.example and 3 more"],
    ["trainer-of-the-recommendation-model-for-the-second-shop", "0 of 4", "–"],
    ["web", "1 of 4", "agent-0000.example, agent-0001.example and 1 more"],
  ]);
  assertEquals(await page.text("#summary"), "5 pods, 3 need attention · mesolet 1.2.3");
  assertEquals(
    (await agentRows(page)).map(([name, state, tasks, cpus, memory]) => [
      name?.split("\n")[0]?.slice(0, 18),
      state,
      tasks,
      cpus,
      memory,
    ]),
    [
      ["agent-0000.example", "ok", "3", "0", "512 MiB"],
      ["agent-0001.example", "ok", "2", "0.5", "1.5 GiB"],
      ["agent-0002.example", "leaving", "1", "1", "2.5 GiB"],
      ["agent-0003.example", "ok", "1", "1.5", "3.5 GiB"],
      ["agent-0004.example", "ok", "1", "2", "4.5 GiB"],
      ["ip-10-21-203-117.e", "unreachable", "1", "–", "–"],
    ],
  );
  await page.browser.evaluate(openAll);
  await waitUntil("why is told of two pods", async () => (await page.texts(".why")).length === 2);
  assertMatch(
    ((await page.texts(".why"))[0] ?? "").replaceAll(/\n+/g, "\n"),
    /^Why instances 0 to 2, 5 wait\nOf 6 agents that offered something, none will do\.\n6 agents: gpus: 2 needed, 1 offered at most\n[^]*nearest:\nagent-0001\.example\ngpus: 2 needed, 1 offered\n/,
  );
  assertMatch((await page.texts(".why"))[1] ?? "", /2 will do: one is taken when it offers that again/);
  const instances = await page.texts(".containers tbody tr");
  assertEquals(instances.length, 16);
  assert(instances.some((text) => /backing off\s+container api exited with 3/.test(text)));
  assert(instances.some((text) => /running, not ready\s+its health check fails/.test(text)));
  assertEquals((await page.texts(".tasks"))[0]?.split(/\n+/), [
    "checkout 0 running",
    "search 0 running",
    "web 0 running",
  ]);
});

onPage(
  "what happens on a cluster is shown at once, and what has the focus keeps it",
  busyCluster,
  async (page) => {
    await waitUntil("the agents are shown", async () => (await agentRows(page)).length === 6);
    const cluster = clusterOf(page.board);
    await page.tabTo("agent-0001.example");
    await page.browser.press("Enter");
    assertEquals((await page.texts(".tasks")).length, 1);
    cluster.agentEntries = cluster.agentEntries.map((agent): AgentEntry =>
      agent.hostname === "agent-0001.example" ? { ...agent, state: "unreachable", tasks: [] } : agent
    );
    cluster.master = { connected: false, reason: "nobody listens at 10.0.0.1:5050" };
    page.board.happen("operator: lost the master");
    await waitUntil(
      "the master is gone",
      async () => (await page.text("#master")) === "No master: nobody listens at 10.0.0.1:5050",
    );
    await waitUntil("the agent is gone", async () => (await agentRows(page))[1]?.[1] === "unreachable");
    assertEquals(await page.focused(), "agent-0001.example");
    assertEquals(await page.texts(".tasks"), []);
    // A place is found: why it waited is told no more.
    await page.browser.evaluate("[...document.querySelectorAll('.pod .open')][3].click()");
    await waitUntil("why is told", async () => (await page.texts(".why")).length === 1);
    page.board.entries = page.board.entries.filter(({ name }) => !name.startsWith("trainer"));
    page.board.changed();
    await waitUntil("nothing waits", async () => (await page.texts(".why")).length === 0);
  },
);

onPage(
  "a thousand agents are paged and filtered without a mouse",
  () => crowdedCluster(1_000),
  async (page) => {
    await waitUntil("the agents are shown", async () => (await agentRows(page)).length === 25);
    assertEquals(await page.text("#agent-page"), "1 to 25 of 1,000");
    await page.browser.evaluate("document.getElementById('agents-heading').focus()");
    await page.browser.press("Tab");
    assertEquals(await page.focused(), "Filter agents");
    await page.browser.type("rack: r7 eu-2 pod-07");
    await waitUntil("few are left", async () => /found/.test(await page.text("#agents-found")));
    const found = await agentRows(page);
    assert(found.length > 0 && found.length < 25);
    assert(found.every(([name]) => /eu-2 · rack: r7/.test(name ?? "")));
    await page.browser.evaluate(
      "(() => { const filter = document.getElementById('agent-filter'); filter.value = ''; " +
        "filter.dispatchEvent(new Event('input')); document.getElementById('agents-next').click(); })()",
    );
    assertMatch((await agentRows(page))[0]?.[0] ?? "", /^agent-0025/);
  },
);

onPage("names of a cluster that mean harm are shown as they are", () => {
  const board = new FakeBoard();
  const cluster = new FakeCluster();
  board.cluster = cluster;
  const agent = { id: hostileText, hostname: hostileText };
  const waiting = {
    slot: 0,
    state: "waiting",
    ready: false,
    version: "v",
    ports: [],
    why: hostileText,
  } as const;
  board.entries = [podEntry(hostileText, {
    entry: {
      instances: [waiting, {
        ...waiting,
        slot: 1,
        state: "running",
        task: hostileText,
        agent,
        address: hostileText,
      }],
    },
    containers: [],
  })];
  cluster.agentEntries = [{
    ...agent,
    attributes: [{ name: hostileText, values: [hostileText] }],
    state: "known",
    tasks: [{ pod: hostileText, slot: 0, task: hostileText, state: "running" }],
  }];
  cluster.whys.set(hostileText, [{
    ...waiting,
    shortage: {
      agents: 2,
      fitting: 0,
      lacks: [{ text: hostileText, agents: 2 }],
      nearest: [{ agent, at: 0, lacks: [hostileText] }],
    },
  }]);
  return board;
}, async (page) => {
  await waitUntil("the agent is shown", async () => (await agentRows(page)).length === 1);
  await page.browser.evaluate(openAll);
  await waitUntil("why is told", async () => (await page.texts(".why")).length === 1);
  const text = await page.browser.evaluate<string>("document.body.textContent");
  assert(text.split(hostileText).length > 10);
  assertEquals(await page.browser.evaluate("document.querySelectorAll('img').length"), 0);
  assertEquals(await page.browser.evaluate("document.title"), "(1) mesolet");
});

onPage("a screen reader is told what everything of a cluster is", busyCluster, async (page) => {
  await waitUntil("the agents are shown", async () => (await agentRows(page)).length === 6);
  await page.browser.evaluate("document.querySelector('.pod .open').click()");
  const nodes = await page.browser.accessible();
  const named = (role: string) => nodes.filter((node) => node.role === role).map(({ name }) => name);
  assertEquals(named("table"), ["Pods", "Agents", "Instances of batch"]);
  assertEquals(named("searchbox"), ["Filter", "Filter agents"]);
  for (const role of ["button", "link", "navigation"]) {
    assertEquals(named(role).filter((name) => name === ""), []);
  }
});

for (const colours of ["light", "dark"] as const) {
  onPage(`every text of a cluster has contrast (${colours})`, busyCluster, async (page) => {
    await waitUntil("the agents are shown", async () => (await agentRows(page)).length === 6);
    await page.browser.evaluate(openAll);
    await waitUntil("why is told of two pods", async () => (await page.texts(".why")).length === 2);
    assertEquals(await page.browser.evaluate<string[]>(weakTexts), []);
  }, { ...wide, colours });
}

onPage("a cluster needs no scrolling sideways on a narrow screen", busyCluster, async (page) => {
  await waitUntil("the agents are shown", async () => (await agentRows(page)).length === 6);
  await page.browser.evaluate(openAll);
  await waitUntil("why is told of two pods", async () => (await page.texts(".why")).length === 2);
  assertEquals(
    await page.browser.evaluate(
      "[document.documentElement, ...document.querySelectorAll('.wide')]" +
        ".filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.outerHTML.slice(0, 200))",
    ),
    [],
  );
}, { width: 320, height: 800, colours: "light" });
