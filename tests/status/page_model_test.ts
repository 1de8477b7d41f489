import { root } from "../../scripts/bundle.ts";
import { compilePageScript, pageScript } from "../../scripts/page.ts";
import {
  ageText,
  chosenPods,
  countChoices,
  healthOf,
  needsAttention,
  portTexts,
  restartsOf,
  runningText,
  stateText,
  toneOfContainer,
} from "../../src/status/page/browser/page_model.ts";
import { type PodRecord, podRecordOf } from "../../src/status/pod_record.ts";
import type { ContainerStatus, PodStatus } from "../../src/pod/status.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { podEntry, specProblem } from "./fake_board.ts";

function pod(
  name: string,
  containers: readonly Partial<ContainerStatus>[] = [{}],
  status: Partial<PodStatus> = {},
): PodRecord {
  return podRecordOf(podEntry(name, { containers, status }));
}

function container(changes: Partial<ContainerStatus>) {
  const [first] = pod("web", [changes]).containers;
  if (first === undefined) throw new Error("a pod without a container");
  return first;
}

Deno.test("page_script.js is what the browser's sources say; deno task page makes it anew", async () => {
  assertEquals(await Deno.readTextFile(pageScript), await compilePageScript());
});

Deno.test("a bundle has the page in it", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--format", "cjs", "src/status/page/status_page.ts"],
    cwd: root,
    env: { DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const bundle = new TextDecoder().decode(stdout);
  for (const text of ["Skip to the pods", "prefers-color-scheme", "new EventSource("]) {
    assert(bundle.includes(text), text);
  }
});

const tones: readonly (readonly [Partial<ContainerStatus>, string, string])[] = [
  [{}, "good", "running"],
  [{ health: "starting" }, "busy", "running"],
  [{ health: "unhealthy" }, "bad", "running"],
  [{ state: "created" }, "busy", "created"],
  [{ state: "exited", exitCode: 0 }, "over", "exited (0)"],
  [{ state: "exited", exitCode: 3 }, "bad", "exited (3)"],
  [{ state: "exited", exitCode: 137, outOfMemory: true }, "bad", "exited (137), out of memory"],
  [{ state: "backing-off", exitCode: 1 }, "bad", "backing-off (1)"],
  [{ state: "dead" }, "bad", "dead"],
];
for (const [changes, tone, text] of tones) {
  Deno.test(`a container that is ${JSON.stringify(changes)} is ${tone}`, () => {
    assertEquals(toneOfContainer(container(changes)), tone);
    assertEquals(stateText(container(changes)), text);
  });
}

Deno.test("attention is asked for by what failed, is unhealthy, or has a bad spec", () => {
  assertEquals(needsAttention(pod("web")), false);
  assertEquals(needsAttention(pod("web", [], { phase: "pulling" })), false);
  assertEquals(needsAttention(pod("web", [], { phase: "failed" })), true);
  assertEquals(needsAttention(pod("web", [], { phase: "pending", reasonCode: "image-pull-failed" })), true);
  assertEquals(needsAttention(pod("web", [], { phase: "stopping", reasonCode: "killed" })), false);
  assertEquals(needsAttention(pod("web", [{}, { health: "unhealthy" }])), true);
  const problem = specProblem("/etc/pods/web.yaml");
  assertEquals(needsAttention(podRecordOf(podEntry("web", { entry: { problem } }))), true);
});

Deno.test("a filter finds words in names, files and images, and a choice narrows it down", () => {
  const pods = [
    pod("web", [{ image: "registry.example/Nginx:1" }]),
    pod("db", [{ name: "postgres" }], { phase: "failed" }),
    pod("web-2", [], { phase: "pulling" }),
  ];
  const names = (...[choice, filter]: [Parameters<typeof chosenPods>[1], string]) =>
    chosenPods(pods, choice, filter).map(({ name }) => name);
  assertEquals(names("all", ""), ["web", "db", "web-2"]);
  assertEquals(names("all", " WEB "), ["web", "web-2"]);
  assertEquals(names("all", "nginx web"), ["web"]);
  assertEquals(names("all", "postgres"), ["db"]);
  assertEquals(names("all", "/etc/pods/db"), ["db"]);
  assertEquals(names("attention", ""), ["db"]);
  assertEquals(names({ phase: "pulling" }, "web"), ["web-2"]);
  assertEquals(countChoices(pods).map(({ title, count }) => `${title} ${count}`), [
    "all 3",
    "need attention 1",
    "failed 1",
    "pulling 1",
    "running 1",
  ]);
});

Deno.test("a line says what the containers are together", () => {
  const web = pod("web", [{ restarts: 2 }, { number: 2, state: "exited", exitCode: 0, restarts: 3 }]);
  assertEquals(runningText(web), "1 of 2");
  assertEquals(restartsOf(web), 5);
  assertEquals(healthOf(web)?.text, "healthy");
  assertEquals(healthOf(pod("web", [{ health: "starting" }, {}]))?.text, "starting: api");
  assertEquals(
    healthOf(pod("web", [{ health: "unhealthy", number: 2 }, { health: "starting" }]))?.text,
    "unhealthy: api-2",
  );
  const { health: _, ...without } = container({});
  assertEquals(healthOf({ ...web, containers: [without] }), undefined);
});

Deno.test("ports are told once, with their address where it is a particular one", () => {
  const port = (published: number, hostAddress: string) => ({
    target: 80,
    protocol: "tcp",
    hostAddress,
    published,
  });
  const ports = [
    port(8080, "0.0.0.0"),
    port(8080, "::"),
    port(0, ""),
    port(81, "127.0.0.1"),
    port(82, "::1"),
  ];
  assertEquals(portTexts([container({ ports })]), ["8080→80/tcp", "127.0.0.1:81→80/tcp", "[::1]:82→80/tcp"]);
});

Deno.test("ages are short", () => {
  const age = (seconds: number) =>
    ageText("2026-01-01T00:00:00.000Z", Date.UTC(2026, 0, 1) + seconds * 1_000);
  assertEquals([-5, 0, 59, 60, 3_599, 3_600, 172_799, 172_800].map(age), [
    "0 s",
    "0 s",
    "59 s",
    "1 min",
    "59 min",
    "1 h",
    "47 h",
    "2 d",
  ]);
});
