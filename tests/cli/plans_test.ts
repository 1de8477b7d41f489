import { proxiesIn } from "../../src/cli/client_proxies.ts";
import { observedOffline, offlineWarnings } from "../../src/cli/offline_engine.ts";
import { scaleOf, upOptionsOf } from "../../src/cli/pod_session.ts";
import { planPull, type PullRequest } from "../../src/cli/pull_plan.ts";
import { subjectOf, wordsFor } from "../../src/cli/step_words.ts";
import { defaultUpOptions } from "../../src/plan/plan_options.ts";
import { planUp } from "../../src/plan/up.ts";
import { UsageError } from "../../src/pod/errors.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { anImage, placementOf } from "../support/placing.ts";

const { placed } = await placementOf(`
services:
  web: { image: web, depends_on: [cache] }
  twin: { image: web }
  cache: { image: cache, platform: linux/arm64 }
  local: { image: local, pull_policy: never }
  outside: { image: web, networks: [theirs], volumes: ["their-data:/data"] }
x-pod: { network: services }
networks: { theirs: { external: true } }
volumes: { their-data: { external: true } }
`);

function pulls(request: Partial<PullRequest>, present: string[] = []): string[] {
  return planPull(placed, {
    services: [],
    withDependencies: false,
    policy: "always",
    optional: false,
    ...request,
  }, new Map(present.map((image) => [image, anImage]))).steps.map(({ id }) => id);
}

Deno.test("pull: each image once, none that is never pulled", () => {
  assertEquals(pulls({}), ["pull cache for linux/arm64", "pull web"]);
  assertEquals(pulls({ services: ["web"] }), ["pull web"]);
  assertEquals(pulls({ services: ["web"], withDependencies: true }).length, 2);
  assertEquals(pulls({ policy: "missing" }, ["web"]), ["pull cache for linux/arm64"]);
});

Deno.test("plan --offline takes what is made elsewhere as there", () => {
  const plan = planUp(placed, observedOffline(placed, defaultUpOptions), defaultUpOptions);
  const ids = plan.steps.map((step) => `${step.kind} ${subjectOf(step)}`);
  assert(ids.includes("create-container container shop-outside-1"));
  assert(!ids.includes("create-network network theirs"));
  assert(!ids.includes("pull-image image local"));
  assert(ids.includes("pull-image image web"));
});

Deno.test("plan --offline says of which images up may refuse the lack", async () => {
  const { placed } = await placementOf(
    `
services:
  web: { build: . }
  twin: { build: ., scale: 2 }
  local: { image: local, pull_policy: never }
  usual: { image: busybox }
`,
    { network: "services" },
  );
  assertEquals(offlineWarnings(placed, defaultUpOptions), [
    "pulling is off for local (pull policy never): up refuses unless it was loaded",
    "twin has no image but a build, and mesolet builds none: up refuses unless shop-twin was built on the engine's host",
    "web has no image but a build, and mesolet builds none: up refuses unless shop-web was built on the engine's host",
  ]);
  assertEquals(offlineWarnings(placed, { ...defaultUpOptions, only: ["usual"] }), []);
});

Deno.test("every step has words and a subject", () => {
  const plan = planUp(placed, observedOffline(placed, defaultUpOptions), defaultUpOptions);
  for (const step of plan.steps) {
    assert(wordsFor(step).doing !== "" && wordsFor(step).done !== "");
    assert(/^(?:image|network|volume|container|cgroup) ./.test(subjectOf(step)));
  }
});

const context = { clock: { now: () => 5, elapsed: () => 0, sleep: () => Promise.resolve() }, variables: {} };
const noFlags = {
  forceRecreate: false,
  noRecreate: false,
  removeOrphans: false,
  noStart: false,
  pull: undefined,
};

Deno.test("flags of up in the planner's words", () => {
  assertEquals(upOptionsOf(noFlags, [], context), { ...defaultUpOptions, now: 5 });
  const asked = upOptionsOf(
    { ...noFlags, forceRecreate: true, noStart: true, noDeps: true, pull: "never", timeout: 3 },
    ["web"],
    { ...context, variables: { COMPOSE_REMOVE_ORPHANS: "true" } },
  );
  assertEquals(asked, {
    ...defaultUpOptions,
    now: 5,
    recreate: "always",
    start: false,
    withoutDependencies: true,
    removeOrphans: true,
    only: ["web"],
    pull: "never",
    graceSeconds: 3,
  });
  assertThrows(
    () => upOptionsOf({ ...noFlags, forceRecreate: true, noRecreate: true }, [], context),
    UsageError,
  );
});

Deno.test("--scale is read", () => {
  assertEquals(scaleOf(["web=2", "cache=0", "web=3"]), { web: 3, cache: 0 });
  for (const wrong of ["web", "web=", "=2", "web=-1", "web=two"]) {
    assertThrows(() => scaleOf([wrong]), UsageError, `--scale takes SERVICE=COUNT, not "${wrong}"`);
  }
});

Deno.test("proxies of Docker's client: those of the engine's address, else the default ones", () => {
  const config = {
    proxies: {
      default: { httpProxy: "http://proxy:1", noProxy: "localhost" },
      "tcp://far:2376": { httpsProxy: "http://far:2" },
    },
  };
  assertEquals(proxiesIn(config, "").map(({ name, value }) => `${name}=${value}`), [
    "HTTP_PROXY=http://proxy:1",
    "NO_PROXY=localhost",
    "http_proxy=http://proxy:1",
    "no_proxy=localhost",
  ]);
  assertEquals(proxiesIn(config, "tcp://far:2376").map(({ name }) => name), ["HTTPS_PROXY", "https_proxy"]);
  assertEquals(proxiesIn(null, ""), []);
});
