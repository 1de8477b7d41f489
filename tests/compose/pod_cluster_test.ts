import { defaultCluster, type PodCluster } from "../../src/pod/cluster.ts";
import { hashContainer } from "../../src/pod/hash.ts";
import { SpecError } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { type ComposePodOptions, podOfText } from "../support/compose_pod.ts";

function podWith(extension: string, options: ComposePodOptions = {}) {
  return podOfText(`services: {a: {image: i}}\nx-pod: ${extension}`, options);
}

const read: readonly { readonly extension: string; readonly gives: Partial<PodCluster> }[] = [
  { extension: "{replicas: 3}", gives: { replicas: 3 } },
  { extension: '{replicas: "0"}', gives: { replicas: 0 } },
  { extension: "{roles: [web, eng/prod, web]}", gives: { roles: ["web", "eng/prod"] } },
  { extension: "{unreachable: {wait: 90s}}", gives: { unreachableWait: 90_000 } },
  { extension: "{unreachable: {wait: forever}}", gives: { unreachableWait: null } },
  { extension: "{unreachable: {wait: 0}}", gives: { unreachableWait: 0 } },
  {
    extension: "{uris: [https://files.example.org/page.tgz]}",
    gives: { uris: ["https://files.example.org/page.tgz"] },
  },
  { extension: "{resources: {disk: 10g, gpus: 2}}", gives: { diskBytes: 10 * 2 ** 30, gpus: 2 } },
  {
    extension:
      "{update: {parallel: 2, order: start-first, healthy_for: 1m, ready_within: 1h, max_failures: 1, on_failure: rollback}}",
    gives: {
      update: {
        parallel: 2,
        order: "start-first",
        leaving: "start-first",
        healthyFor: 60_000,
        readyWithin: 3_600_000,
        maximumFailures: 1,
        onFailure: "rollback",
      },
    },
  },
  { extension: "{update: {parallel: 2}}", gives: { update: { ...defaultCluster.update, parallel: 2 } } },
  {
    extension:
      '{placement: {require: {hostname: agent-1, rack: {not: r3}, zone: {in: [a, 2]}, disk: {matches: "ssd.*"}, ' +
      "new: true, n: {not: 1, matches: '[0-9]'}}, unique: [hostname], spread: [zone, rack]}}",
    gives: {
      placement: {
        require: [
          { name: "hostname", test: { kind: "is", value: "agent-1" } },
          { name: "rack", test: { kind: "not", value: "r3" } },
          { name: "zone", test: { kind: "in", values: ["a", "2"] } },
          { name: "disk", test: { kind: "matches", pattern: "ssd.*" } },
          { name: "new", test: { kind: "is", value: "true" } },
          { name: "n", test: { kind: "not", value: "1" } },
          { name: "n", test: { kind: "matches", pattern: "[0-9]" } },
        ],
        unique: ["hostname"],
        spread: ["zone", "rack"],
      },
    },
  },
];

for (const { extension, gives } of read) {
  Deno.test(`x-pod of a cluster: ${extension}`, async () => {
    const { pod, warnings } = await podWith(extension, { forCluster: true });
    assertEquals(pod.cluster, { ...defaultCluster, ...gives });
    assertEquals(warnings, []);
  });
}

const refused: readonly { readonly extension: string; readonly says: readonly string[] }[] = [
  { extension: "{replicas: -1}", says: ["x-pod.replicas: must be a whole number from 0 to 100000"] },
  { extension: "{replicas: 1.5}", says: ["x-pod.replicas: must be a whole number from 0 to 100000"] },
  {
    extension: "{placement: [a]}",
    says: ["x-pod.placement: must be a mapping with require, unique and spread"],
  },
  {
    extension: "{placement: {requires: {}}}",
    says: ["x-pod.placement.requires: is not a field of placement: it has require, unique and spread"],
  },
  {
    extension: "{placement: {require: {rack: {matches: 'a)|(b'}}}}",
    says: ["x-pod.placement.require.rack.matches: \"a)|(b\" is no regular expression: Unmatched ')'"],
  },
  {
    extension: "{placement: {require: {rack: {is: a}, zone: {in: a}, x: null, y: {matches: ''}}}}",
    says: [
      "x-pod.placement.require.rack.is: is not a field of a requirement: it has not, in and matches",
      "x-pod.placement.require.zone.in: must be a list of values",
      "x-pod.placement.require.x: must be a value, or a mapping with not, in or matches",
      'x-pod.placement.require.y.matches: must be text, such as "ssd.*"',
    ],
  },
  {
    extension: "{placement: {unique: hostname, spread: ['']}}",
    says: [
      "x-pod.placement.unique: must be a list of attributes of agents",
      "x-pod.placement.spread: must be a list of attributes of agents",
    ],
  },
  {
    extension: "{update: {parallel: 0, order: both, healthy_for: 10, on_failure: stop, pause: 1}}",
    says: [
      "x-pod.update.parallel: must be a whole number from 1 to 100000",
      "x-pod.update.order: must be one of stop-first, start-first",
      "x-pod.update.healthy_for: must be a duration of at most a year, such as 10s or 1m30s",
      "x-pod.update.on_failure: must be one of pause, rollback, continue",
      "x-pod.update.pause: is not a field of update: it has parallel, order, healthy_for, ready_within, max_failures and on_failure",
    ],
  },
  {
    extension: "{unreachable: {wait: never}}",
    says: ["x-pod.unreachable.wait: must be a duration of at most a year, such as 10s or 1m30s, or forever"],
  },
  {
    extension: "{roles: [a b, -x, a//b]}",
    says: [
      'x-pod.roles[0]: "a b" is no role of Mesos',
      'x-pod.roles[1]: "-x" is no role of Mesos',
      'x-pod.roles[2]: "a//b" is no role of Mesos',
    ],
  },
  { extension: "{roles: []}", says: ["x-pod.roles: names no role"] },
  {
    extension: "{uris: [page.tgz]}",
    says: [
      'x-pod.uris[0]: "page.tgz" is no URI that an agent could fetch, such as https://example.org/page.tgz',
    ],
  },
  {
    extension: "{resources: {disk: lots, gpus: 0.5, swap: 1}}",
    says: [
      'x-pod.resources.disk: must be a size, such as "512m" or "10g"',
      "x-pod.resources.gpus: must be a whole number of GPUs",
      "x-pod.resources.swap: is not a resource of a pod: it has cpus and memory (or mem), and for a cluster disk and gpus",
    ],
  },
];

for (const { extension, says } of refused) {
  Deno.test(`x-pod of a cluster refuses ${extension}`, async () => {
    for (const options of [{}, { forCluster: true }]) {
      const error = await assertRejects(() => podWith(extension, options), SpecError);
      assertEquals(error.problems.map(({ path, message }) => `${path}: ${message}`), says);
    }
  });
}

const onOneHost: readonly { readonly extension: string; readonly says: readonly string[] }[] = [
  {
    extension: "{replicas: 3, placement: {require: {rack: a}}}",
    says: [
      "x-pod.placement.require: has no effect here, nor has x-pod.replicas: on this host the pod runs, once",
    ],
  },
  {
    extension: "{replicas: 0}",
    says: ["x-pod.replicas: has no effect here: on this host the pod runs, once"],
  },
  {
    extension:
      "{replicas: 1, placement: {unique: [hostname], spread: [zone]}, update: {}, roles: [a], unreachable: {}, " +
      "resources: {disk: 1g}, uris: [/a.tgz]}",
    says: [],
  },
];

for (const { extension, says } of onOneHost) {
  Deno.test(`x-pod of a cluster on one host: ${extension}`, async () => {
    const { warnings } = await podWith(extension);
    assertEquals(warnings.map(({ path, message }) => `${path}: ${message}`), says);
  });
}

Deno.test("x-pod of a cluster is passed over by a task, right or wrong", async () => {
  const { pod, warnings } = await podWith("{replicas: -1, placement: {zone: a}, update: 1}", {
    forTask: true,
  });
  assertEquals(warnings, []);
  assertEquals(pod.cluster, undefined);
});

Deno.test("x-pod of a cluster is in no container's hash", async () => {
  const [plain, placed] = await Promise.all([podWith("{}"), podWith("{replicas: 3, roles: [a]}")]);
  const hashes = [plain, placed].map(({ pod }) =>
    pod.containers.map((container) => hashContainer(container, "/spec", {}))
  );
  assertEquals(hashes[0], hashes[1]);
});
