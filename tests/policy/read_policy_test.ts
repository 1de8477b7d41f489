import { SpecError } from "../../src/pod/errors.ts";
import { openPolicy, taskPolicy } from "../../src/policy/policy.ts";
import { readPolicy } from "../../src/policy/read_policy.ts";
import { widenPolicy } from "../../src/policy/widen_policy.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("a policy is read in every form that a rule has; what it does not say stays", () => {
  assertEquals(
    readPolicy(
      `# of the cluster
privileged: deny
host_namespaces: [network]
bind_mounts:
  allow: [sandbox, /etc/localtime:ro, /srv/./data/]
  deny: [/srv/data/private]
  default: ["/etc/ssl/certs:/etc/ssl/certs:ro"]
files: {deny: [/etc/shadow]}
capabilities: {allow: [cap_net_bind_service], default: [mknod]}
registries: [registry.example.com/team/]
unpinned_images: deny
users: {deny: [root], default: 1000}
docker_parameters: {deny: [--security-opt], default: [log-driver=syslog]}
devices: [/dev/fuse, vendor.example/class=one]
runtimes: allow
outside_volumes: [shared]
image_archives: deny
host_commands: deny
`,
      "policy.yaml",
    ),
    {
      ...openPolicy,
      name: "policy.yaml",
      privileged: false,
      hostNamespaces: { allow: ["network"], deny: [] },
      bindMounts: {
        allow: [
          { path: { name: "sandbox" }, readOnly: false },
          { path: "/etc/localtime", readOnly: true },
          { path: "/srv/data", readOnly: false },
        ],
        deny: [{ path: "/srv/data/private", readOnly: false }],
        default: [{ source: "/etc/ssl/certs", target: "/etc/ssl/certs", readOnly: true }],
      },
      files: { allow: "all", deny: [{ path: "/etc/shadow", readOnly: false }] },
      capabilities: { allow: ["NET_BIND_SERVICE"], deny: [], default: ["MKNOD"] },
      registries: { allow: ["registry.example.com/team"], deny: [] },
      unpinnedImages: false,
      users: { allow: "all", deny: ["root"], default: "1000" },
      dockerParameters: {
        allow: "all",
        deny: ["security-opt"],
        default: [{ key: "log-driver", value: "syslog" }],
      },
      devices: { allow: ["/dev/fuse", "vendor.example/class=one"], deny: [] },
      outsideVolumes: { allow: ["shared"], deny: [] },
      imageArchives: false,
      hostCommands: false,
    },
  );
  assertEquals(readPolicy("", "p"), { ...openPolicy, name: "p" });
  assertEquals(readPolicy("users: {default: app}\n", "p", taskPolicy), {
    ...taskPolicy,
    name: "p",
    users: { allow: "all", deny: [], default: "app" },
  });
});

const wrong: Record<string, string> = {
  "privilegd: deny": "p.yaml:1:1: privilegd: is no rule: privileged is one",
  "privileged: no": "p.yaml:1:1: privileged: is allow or deny",
  "\nprivileged: [x]": "p.yaml:2:1: privileged: is allow or deny",
  "devices: 3":
    "p.yaml:1:1: devices: is allow, deny, a list of what is allowed, or a mapping with allow and deny",
  "devices: [dev/sda]":
    "p.yaml:1:11: devices[0]: cannot be read: see docs/policy.md for what this rule lists",
  "registries: {deny: ['https://evil.example.com']}":
    "p.yaml:1:21: registries.deny[0]: cannot be read: see docs/policy.md for what this rule lists",
  "registries: ['quay.io/team/app:1']":
    "p.yaml:1:14: registries[0]: cannot be read: see docs/policy.md for what this rule lists",
  "host_namespaces: [net]": "p.yaml:1:19: host_namespaces[0]: is one of network, ipc, pid, uts, user, cgroup",
  "bind_mounts: {allow: [data]}":
    "p.yaml:1:23: bind_mounts.allow[0]: cannot be read: see docs/policy.md for what this rule lists",
  "bind_mounts: {only: [/data]}":
    "p.yaml:1:15: bind_mounts.only: is nothing of a rule: there are allow, deny and default",
  "bind_mounts: {default: [/a]}":
    "p.yaml:1:25: bind_mounts.default[0]: cannot be read: see docs/policy.md for what this rule lists",
  "runtimes: {default: [x]}": "p.yaml:1:12: runtimes.default: is nothing of a rule: there are allow, deny",
  "users: {default: [x]}": "p.yaml:1:9: users.default: is a user: a name, a number, or user:group",
  "- privileged": "p.yaml: is no mapping of rules",
  "a: [": "is no YAML",
  "a: 1\n---\nb: 1": "has several documents",
};

for (const [text, expected] of Object.entries(wrong)) {
  Deno.test(`a policy that is wrong is refused, with the place: ${JSON.stringify(text)}`, () => {
    try {
      readPolicy(text, "p.yaml");
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      assertEquals([error.message.includes(expected), error.exitCode], [true, 78], error.message);
      return;
    }
    throw new Error("it was taken");
  });
}

Deno.test("a policy is widened by rules and by values", () => {
  const { bindMounts, hostNamespaces, privileged, devices } = widenPolicy(taskPolicy, [
    "privileged",
    "bind_mounts=/data:ro",
    "host_namespaces=pid",
    "devices",
  ]);
  assertEquals({ bindMounts, hostNamespaces, privileged, devices }, {
    privileged: true,
    bindMounts: {
      allow: [{ path: { name: "sandbox" }, readOnly: false }, { path: "/data", readOnly: true }],
      deny: [],
      default: [],
    },
    hostNamespaces: { allow: "all", deny: ["user"] },
    devices: { allow: "all", deny: [] },
  });
  for (const grant of ["privilege", "bind_mounts=data", "privileged=yes"]) {
    try {
      widenPolicy(taskPolicy, [grant]);
      throw new Error(`${grant} was taken`);
    } catch (error) {
      assertEquals(error instanceof SpecError && error.exitCode, 64, String(error));
    }
  }
});
