import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { waitUntil } from "../support/wait.ts";
import { FakeBoard, podEntry } from "./fake_board.ts";
import { serving } from "./serving.ts";
import { onPage, weakTexts, wide } from "./on_page.ts";
import { busyBoard, crowdedBoard, hostileBoard, hostileText } from "./shown_board.ts";

onPage("pods, containers, health, ports, restarts, errors and events are shown", busyBoard, async (page) => {
  const rows = await page.rows();
  assertEquals(rows.map(([name, phase, running]) => [name, phase?.split("\n")[0], running]), [
    ["billing", "running", "1 of 1"],
    ["cache", "running", "1 of 1"],
    ["importer", "failed", "0 of 1"],
    ["reports", "pulling", "0 of 1"],
    ["shop", "running", "3 of 4"],
  ]);
  assertEquals(rows[4]?.slice(3, 6), ["unhealthy: api", "8080→80/tcp, 8443→443/tcp", "5"]);
  assertEquals(rows[1]?.slice(3, 6), ["–", "–", "0"]);
  assertMatch(rows[2]?.[1] ?? "", /exited with 3/);
  assertEquals(await page.text("#summary"), "5 pods, 2 need attention · mesolet 1.2.3");
  const problems = await page.texts("#problem-list > li");
  assertEquals(problems.length, 2);
  assertMatch(
    problems[0] ?? "",
    /compose\.yaml:3:7 services\.web\.ports\[0\].*\nThe last good version of shop/,
  );
  await waitUntil("the events are shown", async () => (await page.texts("#event-list li")).length === 6);
  assertMatch((await page.texts("#event-list li"))[0] ?? "", /new\.yaml:12:5/);
  // Details are there once they are asked for.
  assertEquals(await page.texts(".containers tbody tr"), []);
  await page.browser.evaluate("[...document.querySelectorAll('.open')].at(-1).click()");
  const containers = await page.texts(".containers tbody tr");
  assertEquals(containers.length, 4);
  assertMatch(
    containers[1] ?? "",
    /api\s+running\s+its health check failed 3 times.*\s+unhealthy\s+–\s+4\s+registry/,
  );
});

onPage("what happens is shown at once, and what has the focus keeps it", busyBoard, async (page) => {
  await waitUntil("the page is live", async () => (await page.text("#connection")) === "Live");
  await page.tabTo("shop");
  await page.browser.press("Enter");
  await page.tabTo("Log of api");
  page.board.entries = page.board.entries.map((entry) =>
    entry.name === "shop" ? podEntry("shop", { containers: [{ restarts: 8 }, { name: "new" }] }) : entry
  );
  page.board.happen("shop: container api restarted", "shop");
  await waitUntil("the new count of restarts is shown", async () => (await page.rows())[4]?.[5] === "8");
  assertEquals(await page.texts(".containers tbody th"), ["api", "new"]);
  assertMatch((await page.texts("#event-list li"))[0] ?? "", /shop: container api restarted/);
  assertMatch(await page.focused(), /^Log of /);
  // A change that no event tells of.
  page.board.entries = page.board.entries.slice(1);
  page.board.changed();
  await waitUntil("the pod that is gone is gone", async () => (await page.rows()).length === 4);
});

onPage("a lost connection is shown with its time, and taken up again", busyBoard, async (page) => {
  await waitUntil("the page is live", async () => (await page.text("#connection")) === "Live");
  await page.server.stop();
  await waitUntil(
    "the page says so",
    async () => /^No word from the operator since .*: trying again$/.test(await page.text("#connection")),
  );
  assertEquals((await page.rows()).length, 5);
  const board = new FakeBoard();
  board.entries = [podEntry("after")];
  board.happen("operator: started anew");
  await using _again = await serving({ board, listen: new URL(page.server.address).host });
  await waitUntil("the page is live again", async () => (await page.text("#connection")) === "Live");
  await waitUntil(
    "the new pods are shown",
    async () => (await page.rows()).map(([name]) => name).join() === "after",
  );
  await waitUntil(
    "the events of the new run are shown",
    async () => /started anew/.test((await page.texts("#event-list li"))[0] ?? ""),
  );
  // That it could not connect is what the browser complains of here.
  page.browser.complaints.length = 0;
});

onPage("names that mean harm are shown as they are", hostileBoard, async (page) => {
  await page.browser.evaluate("document.querySelector('.open').click()");
  await waitUntil("the event is shown", async () => (await page.texts("#event-list li")).length === 1);
  const text = await page.browser.evaluate<string>("document.body.textContent");
  assert(text.split(hostileText).length > 8);
  assertEquals(
    await page.browser.evaluate("document.querySelectorAll('img, body script:not([type=module])').length"),
    0,
  );
  assertEquals(await page.browser.evaluate("document.title"), "(1) mesolet");
  const link = await page.browser.evaluate<string>("document.querySelector('.containers a').href");
  assertEquals(new URL(link).pathname, `/v1/pods/${encodeURIComponent(hostileText)}/logs`);
  assertEquals(
    await page.browser.evaluate(`fetch(${JSON.stringify(link)}).then(({ status }) => status)`),
    200,
  );
});

onPage(
  "the page's policy lets nothing run that is not its own, and nothing is loaded",
  busyBoard,
  async (page) => {
    const loaded = await page.browser.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)",
    );
    assertEquals([...new Set(loaded)].filter((path) => !path.startsWith("/v1/")), []);
    const attempts = ["document.body.innerHTML = '<p>'", "document.body.setAttribute('onclick', 'close()')"];
    for (const attempt of attempts) {
      const refused = await page.browser.evaluate<string>(
        `(() => { try { ${attempt}; } catch (error) { return error.message; } })()`,
      );
      assertMatch(refused, /requires 'Trusted/);
    }
    const elsewhere = "http://127.0.0.1:1/x.png";
    assertEquals(
      await page.browser.evaluate(
        `new Promise((resolve) => { const image = new Image(); image.onerror = () => resolve("refused"); ` +
          `image.src = "${elsewhere}"; document.body.append(image); })`,
      ),
      "refused",
    );
    assertEquals(await page.browser.evaluate(`fetch("${elsewhere}").catch(() => "refused")`), "refused");
    await waitUntil("the browser tells what it refused", () => page.browser.complaints.length >= 2);
    assert(page.browser.complaints.every((text) => /Content Security Policy|[Tt]rusted/.test(text)));
    page.browser.complaints.length = 0;
  },
);

onPage(
  "everything is reached without a mouse, in the order in which it stands",
  () => crowdedBoard(60),
  async (page) => {
    const { browser } = page;
    await browser.press("Tab");
    assertEquals(await page.focused(), "Skip to the pods");
    await browser.press("Enter");
    assertEquals(await page.focused(), "Pods");
    await browser.press("Tab");
    assertEquals(await page.focused(), "filter");
    await browser.type("pod-0007");
    await waitUntil("one pod is left", async () => (await page.rows()).length === 1);
    assertEquals(await page.text("#found"), "1 pod found");
    await page.tabTo("pod-0007");
    const outline = await browser.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle");
    assertEquals(outline, "solid");
    const expanded = () => browser.evaluate("document.activeElement.getAttribute('aria-expanded')");
    assertEquals(await expanded(), "false");
    await browser.press("Space");
    assertEquals(await expanded(), "true");
    await page.tabTo("Log of api");
    await browser.press("Tab", { shift: true });
    await browser.press("Enter");
    assertEquals(await expanded(), "false");
    await browser.evaluate("(() => { filter.value = ''; filter.dispatchEvent(new Event('input')); })()");
    await page.tabTo("Next");
    await browser.press("Enter");
    assertEquals(await page.text("#page"), "51 to 60 of 60");
    // The button that was pressed cannot be pressed any more: the focus goes to what it brought.
    assertEquals(await page.focused(), "Pods");
    await page.tabTo("Previous");
    await page.tabTo("event-box");
    await page.tabTo("Readiness");
  },
);

onPage("a screen reader is told what everything is", busyBoard, async (page) => {
  await page.browser.evaluate("[...document.querySelectorAll('.open')].at(-1).click()");
  const nodes = await page.browser.accessible();
  const named = (role: string) => nodes.filter((node) => node.role === role).map(({ name }) => name);
  for (const role of ["banner", "main", "contentinfo"]) assertEquals(named(role).length, 1, role);
  assertEquals(named("table"), ["Pods", "Containers of shop"]);
  assertEquals(named("columnheader").slice(0, 7), [
    "Pod",
    "Phase",
    "Running",
    "Health",
    "Ports",
    "Restarts",
    "Since",
  ]);
  assertEquals(named("rowheader").slice(0, 2), ["billing", "cache"]);
  assertEquals(named("heading"), ["mesolet", "Spec errors", "Pods", "Last events"]);
  assertEquals(named("searchbox"), ["Filter"]);
  assertEquals(named("button").filter((name) => name === ""), []);
  assertEquals(named("link").filter((name) => name === ""), []);
  // Data that changes by itself is not read out; that the connection is lost is.
  assertEquals(
    await page.browser.evaluate(
      "[...document.querySelectorAll('[role=status], [aria-live]')].map(({ id }) => id)",
    ),
    ["connection", "found", "agents-found"],
  );
});

onPage(
  "a thousand pods are paged and filtered, and one that changes is drawn alone",
  () => crowdedBoard(1_000),
  async (page) => {
    const { browser } = page;
    assertEquals((await page.rows()).length, 50);
    assertEquals(await page.text("#page"), "1 to 50 of 1,000");
    await browser.evaluate("document.getElementById('next').click()");
    assertEquals((await page.rows())[0]?.[0], "pod-0050");
    await browser.evaluate(
      "(() => { globalThis.drawn = new Set(); new MutationObserver((all) => all.forEach(({ target }) => " +
        "drawn.add((target.closest ? target : target.parentElement).closest('tr')?.cells[0].innerText.trim())))" +
        ".observe(document.getElementById('rows'), { childList: true, subtree: true, characterData: true }); })()",
    );
    await waitUntil("the page is live", async () => (await page.text("#connection")) === "Live");
    page.board.entries = page.board.entries.map((entry) =>
      entry.name === "pod-0055" ? podEntry("pod-0055", { status: { phase: "failed" } }) : entry
    );
    page.board.changed();
    await waitUntil("the pod has failed", async () => /failed/.test((await page.rows())[5]?.[1] ?? ""));
    assertEquals(await browser.evaluate("[...drawn]"), ["pod-0055"]);
    await browser.evaluate("[...document.querySelectorAll('#phases button')].at(1).click()");
    assertEquals((await page.rows()).map(([name]) => name), ["pod-0055"]);
    assertEquals(await page.text("#found"), "1 pod found");
  },
);

onPage("an operator without pods, and one that still reads, say so", () => new FakeBoard(), async (page) => {
  assertEquals(
    await page.text("#none"),
    "There are no pods. Put a spec into a directory that is watched, and it appears here.",
  );
  assertEquals(await page.browser.evaluate("problems.checkVisibility()"), false);
  page.board.ready = false;
  page.board.changed();
  await waitUntil("it says so", async () => (await page.text("#none")) === "The specs are being read.");
  page.board.waitsFor = "nobody listens at unix:///run/docker.sock";
  page.board.changed();
  await waitUntil(
    "it says what for",
    async () =>
      (await page.text("#none")) ===
        "The operator waits for the engine: nobody listens at unix:///run/docker.sock",
  );
  page.board.awaits = "lead";
  page.board.waitsFor = "another instance leads: host-a, process 12";
  page.board.changed();
  await waitUntil(
    "it says who leads",
    async () =>
      (await page.text("#none")) ===
        "The operator waits for the lead: another instance leads: host-a, process 12",
  );
});

for (const colours of ["light", "dark"] as const) {
  onPage(`every text has contrast (${colours})`, busyBoard, async (page) => {
    await page.browser.evaluate("document.querySelectorAll('.open').forEach((button) => button.click())");
    const weak = await page.browser.evaluate<string[]>(weakTexts);
    assertEquals(weak, []);
    const [red = 0] = (await page.browser.evaluate<string>("getComputedStyle(document.body).backgroundColor"))
      .match(/\d+/g)?.map(Number) ?? [];
    assertEquals(red > 128, colours === "light");
  }, { ...wide, colours });
}

onPage("a narrow screen needs no scrolling sideways", busyBoard, async (page) => {
  await page.browser.evaluate("document.querySelectorAll('.open').forEach((button) => button.click())");
  assertEquals(
    await page.browser.evaluate(
      "[document.documentElement, ...document.querySelectorAll('.wide')]" +
        ".filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.outerHTML.slice(0, 200))",
    ),
    [],
  );
  const tables = (await page.browser.accessible()).filter(({ role }) => role === "table");
  assertEquals(tables.length, 6);
}, { width: 320, height: 800, colours: "light" });
