import { ProblemList } from "../../../src/compose/problem_list.ts";
import type { choiceReaders, TaskChoices } from "../../../src/mesos/task/task_choices.ts";
import { readTaskLabels } from "../../../src/mesos/task/task_labels.ts";
import type { TaskSettings } from "../../../src/mesos/task/task_pod.ts";
import { SpecError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";
import { containerOf, podFor, warningsOf } from "./asking.ts";

function read(labels: Readonly<Record<string, string>>): { choices: TaskChoices; problems: string[] } {
  const problems = new ProblemList();
  const { choices } = readTaskLabels(
    { labels: Object.entries(labels).map(([key, value]) => ({ key, value })) },
    problems,
  );
  return {
    choices,
    problems: problems.problems.map(({ severity, path, message }) => `${severity}: ${path}: ${message}`),
  };
}

const digest = `sha256:${"a".repeat(64)}`;

/** Every label of mesolet: a value that is right, what it chooses, and one that is wrong with what is said of it. */
const table: Readonly<Record<keyof typeof choiceReaders, readonly [string, TaskChoices, string?, string?]>> =
  {
    name: [
      "front",
      { name: "front" },
      "Front!",
      '"Front!" is no name of a pod: use up to 40 lower-case letters, digits, - and _',
    ],
    network: ["services", { network: "services" }],
    essential: ["web, db", { essential: ["web", "db"] }],
    profiles: ["a,b", { profiles: ["a", "b"] }],
    user: ["33:44", { user: "33:44" }],
    image: ["busybox:1", { image: "busybox:1" }],
    service: ["true", { isService: true }, "no way", '"no way" is neither true nor false'],
    "lifecycle-port": ["http", { lifecyclePort: "http" }],
    "lifecycle-requests": [
      "/quit=2s, /abort",
      { lifecycleRequests: [{ path: "/quit", wait: 2000 }, { path: "/abort", wait: 5000 }] },
      "quit",
      '"quit" is no path that begins with a slash',
    ],
    cgroup: ["nested", { cgroup: "nested" }, "mine", '"mine" is not one of own, nested, none'],
    "launch-timeout": ["1m30s", { launchTimeout: 90_000 }, "soon", '"soon" is not a duration such as 1m30s'],
    "stop-timeout": [
      "20",
      { stopGraceSeconds: 20 },
      "8d1",
      '"8d1" is not a duration such as 1m30s: a unit is missing',
    ],
    pull: ["always", { pull: "always" }, "daily", '"daily" is not one of always, missing, never'],
    "pull-retries": ["3", { pullRetries: 3 }, "-1", '"-1" is not a whole number from 0 to 100'],
    "keep-failed": ["true", { keepFailed: true }, "maybe", '"maybe" is neither true nor false'],
    "remove-volumes": ["yes", { removeVolumes: true }, "2", '"2" is neither true nor false'],
    "remove-images": ["0", { removeImages: false }, "x", '"x" is neither true nor false'],
    ports: ["web:80=PORT0", { ports: ["web:80=PORT0"] }],
    "check-container": ["web", { checkContainer: "web" }],
    "log-max-size": [
      "1m",
      { logMaximumBytes: 1_048_576 },
      "1",
      '"1" is not between 65536 and 1099511627776 bytes',
    ],
    "log-max-files": ["5", { logFiles: 5 }, "0", '"0" is not a whole number from 1 to 1000'],
    "hook.launching": [
      "./tell 'a b'",
      { hooks: { launching: { kind: "command", command: ["./tell", "a b"] } } },
      "'",
      "\"'\" is not a command line: a closing ' is missing",
    ],
    "hook.running": ["https://h/x", { hooks: { running: { kind: "post", url: "https://h/x" } } }],
    "hook.failed": ["x", { hooks: { failed: { kind: "command", command: ["x"] } } }],
    "hook.killed": ["x", { hooks: { killed: { kind: "command", command: ["x"] } } }],
    "hook.finished": ["x", { hooks: { finished: { kind: "command", command: ["x"] } } }],
    digests: [
      `a:1=${digest}`,
      { digests: new Map([["a:1", digest]]) },
      "a:1",
      "write IMAGE=DIGEST, with commas between several: app:1=sha256:…",
    ],
    "hook-timeout": ["5", { hookTimeout: 5000 }, "2h", '"2h" is not between 1ms and 1h'],
    "hook-failure": ["fail", { hookFailure: "fail" }, "stop", '"stop" is neither ignore nor fail'],
  };

for (const [name, [right, choices, wrong, message]] of Object.entries(table)) {
  Deno.test(`label mesolet.${name}`, () => {
    assertEquals(read({ [`mesolet.${name}`]: ` ${right} ` }), { choices, problems: [] });
    assertEquals(read({ [`org.apache.aurora.metadata.mesolet.${name}`]: right }), { choices, problems: [] });
    assertEquals(read({ [`mesolet.${name}`]: "" }).problems, [
      `warning: label mesolet.${name}: has no effect: it is empty`,
    ]);
    if (wrong === undefined) return;
    assertEquals(read({ [`mesolet.${name}`]: wrong }), {
      choices: {},
      problems: [`error: label mesolet.${name}: ${message}`],
    });
  });
}

Deno.test("a label of mesolet that there is not: the nearest one is named", () => {
  assertEquals(
    read({ "mesolet.netwrok": "x", "mesolet.spec-dat": "x", "mesolet.frobnicate": "x" }).problems,
    [
      "warning: label mesolet.netwrok: has no effect: no such label: did you mean mesolet.network?",
      "warning: label mesolet.spec-dat: has no effect: no such label: did you mean mesolet.spec-data?",
      "warning: label mesolet.frobnicate: has no effect: no such label",
    ],
  );
});

Deno.test("the name of a label is no line of its own in a message", () => {
  assertEquals(read({ "mesolet.x\nmesolet: all is well\u001b[2J": "x" }).problems, [
    String.raw`warning: label "mesolet.x\nmesolet: all is well\u001b[2J": has no effect: no such label`,
  ]);
});

Deno.test("what the framework of mesolet notes for itself is passed over", () => {
  const noted = { "mesolet.pod": "shop", "mesolet.instance": "0", "mesolet.version": "4f1c" };
  assertEquals(read(noted), read({}));
});

Deno.test("labels of others are not looked at", () => {
  assertEquals(read({ app: "web", mesolet: "x", "my.mesolet.pull": "x", "configured": "x" }), {
    choices: {},
    problems: [],
  });
});

const dce: readonly (readonly [string, string, TaskChoices | string])[] = [
  ["launchtask.timeout", "500000", { launchTimeout: 500_000 }],
  ["launchtask.timeout", "8m20s", { launchTimeout: 500_000 }],
  ["launchtask.pullretry", "3", { pullRetries: 3 }],
  ["launchtask.skippull", "true", { pull: "missing" }],
  ["launchtask.skippull", "false", { pull: "always" }],
  ["cleanpod.timeout", "20", { stopGraceSeconds: 20 }],
  ["cleanpod.cleanfailtask", "false", { keepFailed: true }],
  ["cleanpod.cleanFailTask", "true", { keepFailed: false }],
  ["cleanpod.cleanvolumeandcontaineronmesoskill", "true", { removeVolumes: true }],
  ["cleanpod.cleanimageonmesoskill", "true", { removeImages: true }],
  ["launchtask.podmonitorinterval", "10s", "containers are watched by events, not at intervals"],
  ["launchtask.composehttptimeout", "300", "no docker-compose is run"],
  ["launchtask.httptimeout", "20s", "use mesolet.hook-timeout for hooks"],
  ["launchtask.maxretry", "3", "steps of a launch are not tried again; use mesolet.pull-retries for pulls"],
  ["launchtask.retryinterval", "10s", "the time between two pulls grows by itself"],
  ["launchtask.composetrace", "true", "no docker-compose is run"],
  ["launchtask.debug", "true", "no docker-compose is run"],
  ["plugins.pluginorder", "general", "there are no plugins; what they are used for is built in"],
  [
    "podStatusHooks.task_failed",
    "hook",
    "they name code of dce-go; use mesolet.hook.<moment> with a command or a URL",
  ],
  ["cleanpod.unhealthy", "true", "an essential container that becomes unhealthy fails the pod"],
  ["dockerdump.enable", "true", "the task's status says why it failed"],
  ["dockercomposeverbose", "true", "no docker-compose is run"],
  ["podMonitor.monitorName", "default", "containers are watched by events, by one monitor"],
  ["infracontainer.image", "dcego/networkproxy", "the container that owns the pod's network is built in"],
  ["infracontainer.container_name", "x", "the container that owns the pod's network is built in"],
  ["infracontainer.networks.driver", "bridge", "the container that owns the pod's network is built in"],
  ["infracontainer.networks.pre_existing", "true", "no network is named beside it"],
  [
    "infracontainer.networks.name",
    "net",
    "no network is made for a pod; one that exists is joined with pre_existing=true",
  ],
  ["something.else", "x", "it is no key of dce-go that has a meaning here"],
];

for (const [key, value, meaning] of dce) {
  Deno.test(`dce-go's config.${key}=${value}`, () => {
    const expected = typeof meaning === "string"
      ? { choices: {}, problems: [`warning: label config.${key}: has no effect: ${meaning}`] }
      : { choices: meaning, problems: [] };
    assertEquals(read({ [`config.${key}`]: value }), expected);
  });
}

Deno.test("dce-go's network is joined when it is there before; mesolet's labels win; a wrong value is an error", () => {
  assertEquals(
    read({
      "config.infracontainer.networks.pre_existing": "true",
      "org.apache.aurora.metadata.config.infracontainer.networks.name": "net",
    }),
    { choices: { network: "net" }, problems: [] },
  );
  assertEquals(read({ "mesolet.pull-retries": "1", "config.launchtask.pullretry": "9" }), {
    choices: { pullRetries: 1 },
    problems: [],
  });
  assertEquals(read({ "config.launchtask.pullretry": "often", pluginorder: "general" }).problems, [
    "warning: label pluginorder: has no effect: there are no plugins",
    'error: label config.launchtask.pullretry: "often" is not a whole number from 0 to 100',
  ]);
});

const text = `services:
  web: {image: a, profiles: [front], pull_policy: always, depends_on: [db]}
  db: {image: b}
x-pod: {network: host, hooks: {running: [one, two], failed: http://h/}}
`;

Deno.test("labels win over x-pod and the spec", async () => {
  const label = {
    "mesolet.name": "front",
    "mesolet.network": "services",
    "mesolet.profiles": "front",
    "mesolet.essential": "web",
    "mesolet.pull": "never",
    "mesolet.check-container": "web",
    "mesolet.hook.running": "three",
    "mesolet.hook-timeout": "3s",
    "mesolet.hook-failure": "fail",
    "mesolet.log-max-size": "1m",
    "mesolet.log-max-files": "1",
    "mesolet.cgroup": "nested",
  };
  const { pod, settings } = await podFor({ task: { text, label } });
  assertEquals(pod.name.replace(/[0-9a-f]{10}$/, ""), "front-");
  assertEquals([pod.network, pod.essential, pod.essentialIsExplicit], [{ mode: "services" }, ["web"], true]);
  assertEquals(pod.containers.map(({ name, pull }) => [name, pull.kind]), [["db", "never"], [
    "web",
    "never",
  ]]);
  const hook = { timeout: 3000, onFailure: "fail" } as const;
  const expected: TaskSettings = {
    keepFailed: false,
    removeVolumes: false,
    removeImages: false,
    checkContainer: "web",
    statusHooks: [
      { moment: "failed", action: { kind: "post", url: "http://h/" }, ...hook },
      { moment: "running", action: { kind: "command", command: ["three"] }, ...hook },
    ],
    log: { maximumBytes: 1_048_576, files: 1 },
    cgroup: "nested",
  };
  assertEquals(settings, expected);
});

Deno.test("without labels everything is as the spec has it", async () => {
  const { pod, settings } = await podFor({ task: { text } });
  assertEquals([pod.network, pod.essential, pod.disabled], [{ mode: "host" }, ["db"], ["web"]]);
  assertEquals(settings.statusHooks.map(({ moment, timeout }) => [moment, timeout]), [
    ["running", 10_000],
    ["running", 10_000],
    ["failed", 10_000],
  ]);
  assertEquals([settings.cgroup, settings.log], ["own", { maximumBytes: 10_485_760, files: 3 }]);
});

Deno.test("names in labels that the pod does not have are errors", async () => {
  const label = {
    "mesolet.essential": "wbe,db",
    "mesolet.check-container": "x",
    "mesolet.user": "nobody-here",
  };
  const error = await assertRejects(() => podFor({ task: { text, label } }), SpecError);
  assertEquals(error.message.split("\n"), [
    'label mesolet.user: "nobody-here" is no user of this host: name one, or a uid, or image for what the images say',
    "label mesolet.essential: no container is called wbe: use db",
    "label mesolet.check-container: no container is called x: use db",
  ]);
});

Deno.test("users: images' own, the command's, the label's; never over the spec's", async () => {
  const spec = "services: {a: {image: a}, b: {image: b, user: '7'}}";
  const users = async (task: Parameters<typeof podFor>[0]["task"]) => {
    const pod = await podFor({ task: { ...task, text: spec } });
    return [containerOf(pod, "a").user, containerOf(pod, "b").user];
  };
  assertEquals(await users({}), [undefined, "7"]);
  assertEquals(await users({ command: { user: "www" } }), ["33:44", "7"]);
  assertEquals(await users({ label: { "mesolet.user": "5:6" }, command: { user: "www" } }), ["5:6", "7"]);
  assertEquals(await users({ label: { "mesolet.user": "9" } }), ["9", "7"]);
  assertEquals(await users({ label: { "mesolet.user": "image" }, command: { user: "www" } }), [
    undefined,
    "7",
  ]);
});

Deno.test("all that is wrong with labels is told at once, with the warnings", async () => {
  const label = { "mesolet.pull": "x", "mesolet.keep-failed": "y", "mesolet.nettwork": "z" };
  const error = await assertRejects(() => podFor({ task: { text, label } }), SpecError);
  assertEquals(error.problems.length, 3);
  assertEquals(warningsOf(await podFor({ task: { text, label: { "mesolet.nettwork": "z" } } })), [
    "label mesolet.nettwork: has no effect: no such label: did you mean mesolet.network?",
  ]);
});
