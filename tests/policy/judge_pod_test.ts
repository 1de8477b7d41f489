import { loadCompose } from "../../src/compose/load.ts";
import { podOf } from "../../src/compose/pod.ts";
import type { Pod } from "../../src/pod/model.ts";
import { applyDefaults } from "../../src/policy/apply_defaults.ts";
import { judgePod } from "../../src/policy/judge_pod.ts";
import { Policies } from "../../src/policy/policies.ts";
import { type Policy, taskPolicy } from "../../src/policy/policy.ts";
import { readPolicy } from "../../src/policy/read_policy.ts";
import { assertEquals } from "../support/assert.ts";

/** The links of a host; its directories are plain otherwise. */
const links: Record<string, string> = { "/sandbox/link": "/etc", "/var/run": "/run" };

function followLinks(path: string): string {
  for (const [link, target] of Object.entries(links)) {
    // Below a link only what there is can be followed: passwd and docker.sock.
    if (path === link || (path.startsWith(`${link}/`) && /passwd$|docker\.sock$/.test(path))) {
      return target + path.slice(link.length);
    }
  }
  return path;
}

async function podFrom(text: string): Promise<Pod> {
  const { project } = await loadCompose({
    files: ["compose.yaml"],
    projectName: "shop",
    environment: {},
    workingDirectory: "/sandbox",
    access: {
      readText: () => text,
      readStandardInput: () => "",
      kind: (path) => path === "/sandbox/compose.yaml" ? "file" : "absent",
      followLinks: (path) => path,
    },
  });
  return podOf({ project, readFile: () => new TextEncoder().encode("{}") }).pod;
}

async function judged(spec: string, policy: Policy): Promise<string[]> {
  const place = { names: { sandbox: "/sandbox", spec: "/sandbox" }, followLinks };
  return judgePod(await podFrom(spec), policy, place).map(({ path, message }) => `${path}: ${message}`);
}

/** Options of the local driver, and what the default policy of tasks refuses of them. */
const localVolumes: Record<string, string | undefined> = {
  "{type: proc, device: proc}": "a volume of type proc",
  "{type: proc, device: /dev/null}": "a volume of type proc",
  "{type: sysfs, device: sysfs}": "a volume of type sysfs",
  "{type: cgroup2, device: /sandbox/x}": "a volume of type cgroup2",
  "{type: overlay, device: /dev/null, o: 'lowerdir=etc:/sandbox/low'}": "a volume of type overlay",
  "{type: none, o: bind, device: etc}": "the bind mount of etc",
  "{type: none, o: rbind, device: /sandbox/new/../../etc}": "the bind mount of /sandbox/new/../../etc",
  "{type: none, o: bind, device: /sandbox/data}": undefined,
  "{type: none, o: bind, device: /sandbox/data/}": undefined,
  "{type: tmpfs, device: tmpfs, o: size=1m}": undefined,
};

const web = (fields: string) => `services: {web: {image: busybox, ${fields}}}\n`;
const ofTasks = "is not allowed by the rule";

/** A spec, and the fields and rules that the default policy of tasks refuses. */
const tasks: Record<string, readonly string[]> = {
  [web("privileged: true")]: [`services.web.privileged: a privileged container ${ofTasks} privileged`],
  [web("post_start: [{command: id, privileged: true}]")]: [
    `services.web.post_start: a privileged command ${ofTasks} privileged`,
  ],
  [web("pid: host, ipc: host, network_mode: host")]: [
    `services.web.pid: the host's pid namespace ${ofTasks} host_namespaces`,
  ],
  [web("pid: 'container:other'")]: [
    `services.web.pid: the container other, which is not of the pod, ${ofTasks} outside_containers`,
  ],
  [web("volumes_from: ['container:other:ro']")]: [
    `services.web.volumes_from: the container other, which is not of the pod, ${ofTasks} outside_containers`,
  ],
  [web("volumes: [./data:/data, data:/named, /data]") + "volumes: {data: {}}"]: [],
  [web("volumes: [/etc:/host:ro]")]: [`services.web.volumes: the bind mount of /etc ${ofTasks} bind_mounts`],
  [web("volumes: [../other:/x]")]: [`services.web.volumes: the bind mount of /other ${ofTasks} bind_mounts`],
  [web("volumes: [./link:/x]")]: [
    `services.web.volumes: the bind mount of /sandbox/link ${ofTasks} bind_mounts`,
  ],
  [web("volumes: [./link/passwd:/x, ./link/new/deep:/y]")]: [
    `services.web.volumes: the bind mount of /sandbox/link/passwd ${ofTasks} bind_mounts`,
    `services.web.volumes: the bind mount of /sandbox/link/new/deep ${ofTasks} bind_mounts`,
  ],
  [web("volumes: [/var/run/docker.sock:/s]")]: [
    `services.web.volumes: the bind mount of /var/run/docker.sock ${ofTasks} bind_mounts`,
  ],
  [web("volumes: [data:/d]") + "volumes: {data: {driver_opts: {type: none, o: bind, device: /etc}}}"]: [
    `volumes.data.driver_opts: the bind mount of /etc ${ofTasks} bind_mounts`,
  ],
  [web("volumes: [data:/d]") + "volumes: {data: {driver_opts: {type: ext4, device: /dev/sda1}}}"]: [
    `volumes.data.driver_opts: the device /dev/sda1 ${ofTasks} devices`,
  ],
  [
    web("volumes: [data:/d]") +
    "volumes: {data: {driver_opts: {type: overlay, o: 'lowerdir=/etc:/sandbox/low,upperdir=/sandbox/up', device: overlay}}}"
  ]: [`volumes.data.driver_opts: a volume of type overlay ${ofTasks} bind_mounts`],
  [
    web("volumes: [data:/d]") +
    "volumes: {data: {driver_opts: {type: nfs, o: addr=10.0.0.1, device: ':/export'}}}"
  ]: [],
  [web("secrets: [key]") + "secrets: {key: {file: /etc/shadow}}"]: [
    `secrets.key.file: /etc/shadow ${ofTasks} files`,
  ],
  [web("secrets: [key]") + "secrets: {key: {file: ./key}}"]: [],
  [web("cap_add: [NET_ADMIN, CAP_SYS_ADMIN, all]")]: [
    `services.web.cap_add: the capability SYS_ADMIN ${ofTasks} capabilities`,
    `services.web.cap_add: the capability ALL ${ofTasks} capabilities`,
  ],
  [web("security_opt: ['seccomp:unconfined']")]: [
    `services.web.security_opt: another seccomp profile ${ofTasks} unconfined`,
  ],
  [web("security_opt: ['systempaths=unconfined']")]: [
    `services.web.security_opt: systempaths=unconfined ${ofTasks} unconfined`,
  ],
  [web("security_opt: [apparmor=unconfined]")]: [
    `services.web.security_opt: apparmor=unconfined ${ofTasks} unconfined`,
  ],
  [web("security_opt: [no-new-privileges, 'label=level:s0:c1', apparmor=docker-default, seccomp=builtin]")]:
    [],
  [web("security_opt: ['label=type:spc_t', apparmor=runc, 'unmask=ALL']")]: [
    `services.web.security_opt: label=type:spc_t ${ofTasks} unconfined`,
  ],
  [web("security_opt: [apparmor=runc]")]: [
    `services.web.security_opt: apparmor=runc ${ofTasks} unconfined`,
  ],
  [web("security_opt: ['unmask=ALL']")]: [
    `services.web.security_opt: unmask=ALL ${ofTasks} unconfined`,
  ],
  [web("userns_mode: host")]: [
    `services.web.userns_mode: the host's user namespace ${ofTasks} host_namespaces`,
  ],
  [web("pid: 'ns:/proc/1/ns/pid'")]: [
    `services.web.pid: the host's pid namespace ${ofTasks} host_namespaces`,
  ],
  [web("restart: always") + "x-pod: {hooks: {running: [/bin/true, 'http://127.0.0.1/']}}"]: [
    `x-pod.hooks.running: a command on the host ${ofTasks} host_commands`,
  ],
  [web("restart: always") + "x-pod: {preload: {directory: ../backups, remove_archives: true}}"]: [
    `x-pod.preload: /backups ${ofTasks} files`,
  ],
  [web("volumes: [{type: bind, source: /sandbox/new/../../etc, target: /x}]")]: [
    `services.web.volumes: the bind mount of /sandbox/new/../../etc ${ofTasks} bind_mounts`,
  ],
  [web("logging: {driver: k8s-file, options: {path: /etc/cron.d/x}}")]: [
    `services.web.logging: the bind mount of /etc/cron.d/x ${ofTasks} bind_mounts`,
  ],
  [web("logging: {driver: syslog, options: {syslog-address: 'unixgram:///run/docker.sock', tag: /web}}")]: [
    `services.web.logging: the bind mount of /run/docker.sock ${ofTasks} bind_mounts`,
  ],
  [web("devices: [/dev/fuse/../sda, vendor.example/class=all]")]: [
    `services.web.devices: the device /dev/fuse/../sda ${ofTasks} devices`,
    `services.web.devices: the device vendor.example/class=all ${ofTasks} devices`,
  ],
  [web("devices: [/dev/fuse, /dev/sda]")]: [`services.web.devices: the device /dev/sda ${ofTasks} devices`],
  [web("device_cgroup_rules: ['b *:* rmw']")]: [
    `services.web.device_cgroup_rules: a rule for devices ${ofTasks} devices`,
  ],
  [web("user: root, restart: always")]: [],
};

for (const [spec, expected] of Object.entries(tasks)) {
  Deno.test(`the default policy of tasks: ${spec.trim()}`, async () => {
    assertEquals(
      await judged(spec, taskPolicy),
      expected.map((problem) => `${problem} of the default policy of tasks`),
    );
  });
}

for (const [options, expected] of Object.entries(localVolumes)) {
  Deno.test(`the default policy of tasks: a volume with ${options}`, async () => {
    const spec = `${web("volumes: [data:/d]")}volumes: {data: {driver_opts: ${options}}}`;
    const rule = `${ofTasks} bind_mounts of the default policy of tasks`;
    assertEquals(
      await judged(spec, taskPolicy),
      expected === undefined ? [] : [`volumes.data.driver_opts: ${expected} ${rule}`],
    );
  });
}

/** Rules, a spec, and what is refused. */
const rules: readonly (readonly [string, string, readonly string[]])[] = [
  ["host_namespaces: deny", `${web("restart: always")}x-pod: {network: host}`, [
    "x-pod.network: the host's network is not allowed by the rule host_namespaces of p",
  ]],
  ["bind_mounts: [/data:ro]", web("volumes: ['/data/x:/a:ro', '/data/y:/b']"), [
    "services.web.volumes: the bind mount of /data/y for writing (add :ro) is not allowed by the rule bind_mounts of p",
  ]],
  ["bind_mounts: {deny: [/run/docker.sock]}", web("volumes: [/var/run/docker.sock:/s, /run:/r, /data:/d]"), [
    "services.web.volumes: the bind mount of /var/run/docker.sock is not allowed by the rule bind_mounts of p",
    "services.web.volumes: the bind mount of /run is not allowed by the rule bind_mounts of p",
  ]],
  ["registries: [docker.io/library]", web("restart: always"), []],
  ["registries: [registry.example.com]", web("restart: always"), [
    "services.web.image: the image busybox (docker.io/library/busybox) is not allowed by the rule registries of p",
  ]],
  ["registries: {deny: [docker.io]}", "services: {web: {image: docker.io.example.com/x}}", []],
  [
    "unpinned_images: deny",
    "services: {web: {image: 'a:1'}, api: {image: 'a@sha256:" + "a".repeat(64) + "'}}",
    [
      "services.web.image: the image a:1 without a digest (pin it with mesolet pin) is not allowed by the rule unpinned_images of p",
    ],
  ],
  [
    "users: {deny: [root]}",
    "services: {a: {image: x, user: '0:5'}, b: {image: x, user: app}, c: {image: x}}",
    [
      "services.a.user: the user 0 is not allowed by the rule users of p",
      "services.c.user: the image's own user, which may be root, is not allowed by the rule users of p",
    ],
  ],
  ["users: {allow: ['1000']}", "services: {a: {image: x, user: '1000:5'}, b: {image: x, user: app}}", [
    "services.b.user: the user app is not allowed by the rule users of p",
  ]],
  ["capabilities: deny", web("cap_add: [NET_ADMIN]"), [
    "services.web.cap_add: the capability NET_ADMIN is not allowed by the rule capabilities of p",
  ]],
  ["capabilities: [ALL]", web("cap_add: [ALL, NET_ADMIN]"), []],
  ["runtimes: [runc]", web("runtime: kata"), [
    "services.web.runtime: the runtime kata is not allowed by the rule runtimes of p",
  ]],
  [
    "users: {deny: [root]}",
    "services: {a: {image: x, user: '+0'}, b: {image: x, user: '1000', post_start: [{command: id, user: root}], pre_stop: [{command: id, user: '-0'}]}}",
    [
      "services.a.user: the user +0 is not allowed by the rule users of p",
      "services.b.post_start: the user root is not allowed by the rule users of p",
      "services.b.pre_stop: the user -0 is not allowed by the rule users of p",
    ],
  ],
  [
    "registries: {deny: [evil.example.com]}",
    "services: {a: {image: 'Evil.example.com:443/x'}, b: {image: 'evil.example.com:5000/x'}}",
    [
      "services.a.image: the image Evil.example.com:443/x (evil.example.com/x) is not allowed by the rule registries of p",
    ],
  ],
  ["registries: {deny: [docker.io]}", "services: {a: {image: registry-1.docker.io/library/x}}", [
    "services.a.image: the image registry-1.docker.io/library/x (docker.io/library/x) is not allowed by the rule registries of p",
  ]],
  [
    "registries: [docker.io/library]\nunpinned_images: deny",
    `services: {a: {image: 'x@sha256:${
      "a".repeat(64)
    }', volumes: [{type: image, source: 'quay.io/x:1', target: /x}]}}`,
    [
      "services.a.volumes: the image quay.io/x:1 (quay.io/x) is not allowed by the rule registries of p",
      "services.a.volumes: the image quay.io/x:1 without a digest (pin it with mesolet pin) is not allowed by the rule unpinned_images of p",
    ],
  ],
  [
    "bind_mounts: [/data]",
    `${web("secrets: [s], configs: [c]")}secrets: {s: {file: /}}\nconfigs: {c: {file: /data/c}}`,
    [
      "secrets.s.file: the bind mount of / is not allowed by the rule bind_mounts of p",
    ],
  ],
  ["bind_mounts: [/data]\nfiles: [/keys]", `${web("secrets: [s]")}secrets: {s: {file: /keys/s}}`, []],
  [
    "bind_mounts: [/data:ro]",
    `${
      web("volumes: [data:/d]")
    }volumes: {data: {driver_opts: {type: none, o: 'bind,ro,rw', device: /data}}}`,
    [
      "volumes.data.driver_opts: the bind mount of /data for writing (add :ro) is not allowed by the rule bind_mounts of p",
    ],
  ],
  ["devices: {deny: [/dev/sda]}", web("devices: [/dev/sda, /dev, /sandbox/node, /dev/sdb]"), [
    "services.web.devices: the device /dev/sda is not allowed by the rule devices of p",
    "services.web.devices: the device /dev is not allowed by the rule devices of p",
    "services.web.devices: the device /sandbox/node is not allowed by the rule devices of p",
  ]],
  [
    "outside_volumes: [shared]",
    `${
      web("volumes: [own:/a, shared:/b, other:/c, db:/d]")
    }volumes: {own: {}, shared: {external: true}, other: {external: true}, db: {name: bank_db}}`,
    [
      "volumes.db.name: the volume bank_db is not allowed by the rule outside_volumes of p",
      "volumes.other: the volume other is not allowed by the rule outside_volumes of p",
    ],
  ],
  [
    "host_namespaces: deny",
    `${web("networks: [h]")}networks: {h: {external: true, name: host}}\nx-pod: {network: services}`,
    [
      "networks.h: the host's network is not allowed by the rule host_namespaces of p",
    ],
  ],
  ["host_namespaces: deny", web("network_mode: 'ns:/proc/1/ns/net'"), [
    "services.web.network_mode: the host's network namespace is not allowed by the rule host_namespaces of p",
  ]],
  ["users: {deny: [root], default: '1000:1000'}", web("restart: always"), []],
  ["image_archives: deny", `${web("restart: always")}x-pod: {preload: ./x}`, [
    "x-pod.preload: images from archives is not allowed by the rule image_archives of p",
  ]],
  ["volume_drivers: [local]", `${web("volumes: [nd:/d]")}volumes: {nd: {driver: nfs}}`, [
    "volumes.nd.driver: the volume driver nfs is not allowed by the rule volume_drivers of p",
  ]],
];

for (const [policy, spec, expected] of rules) {
  Deno.test(`a policy with ${policy}: ${spec.trim().slice(0, 60)}`, async () => {
    assertEquals(await judged(spec, readPolicy(policy, "p")), expected);
  });
}

Deno.test("what a policy gives by default goes to containers that say nothing of it, and is judged by nobody", async () => {
  const policy = readPolicy(
    "bind_mounts: {allow: [], default: ['/etc/ssl:/etc/ssl:ro']}\nusers: {deny: [root], default: app}\n" +
      "capabilities: {default: [MKNOD, NET_RAW]}",
    "p",
  );
  const pod = applyDefaults(
    await podFrom(
      "services: {a: {image: x}, b: {image: x, user: other, cap_add: [NET_RAW], tmpfs: /etc/ssl}, " +
        "c: {image: x, cap_drop: [ALL], volumes: [data:/etc/ssl]}}\nvolumes: {data: {}}",
    ),
    policy,
  );
  const given = pod.containers.map(({ name, user, mounts, security }) => ({
    name,
    user,
    mounts: mounts.map(({ type, source, target, readOnly }) => `${type} ${source} ${target} ${readOnly}`),
    dropped: security.capabilitiesDropped,
  }));
  assertEquals(given, [
    { name: "a", user: "app", mounts: ["bind /etc/ssl /etc/ssl true"], dropped: ["MKNOD", "NET_RAW"] },
    { name: "b", user: "other", mounts: ["bind /etc/ssl /etc/ssl true"], dropped: ["MKNOD"] },
    { name: "c", user: "app", mounts: ["volume data /etc/ssl false"], dropped: ["ALL"] },
  ]);
});

Deno.test("a spec for a cluster has no file of the agents fetched that the rule files does not list", async () => {
  const uris =
    "[https://a/b.tgz, /srv/web/x.tgz, file:///etc/shadow, /srv/web/../x, 'FILE://localhost/root/.ssh/id']";
  const { project } = await loadCompose({
    files: ["compose.yaml"],
    projectName: "shop",
    environment: {},
    workingDirectory: "/sandbox",
    access: {
      readText: () => `${web("restart: always")}x-pod: {uris: ${uris}}`,
      readStandardInput: () => "",
      kind: (path) => path === "/sandbox/compose.yaml" ? "file" : "absent",
      followLinks: (path) => path,
    },
  });
  const { pod } = podOf({ project, readFile: () => undefined, forCluster: true });
  const place = { names: {}, followLinks };
  const of = (policy: string) =>
    new Policies([readPolicy(policy, "p")]).judgeForCluster(pod, place).map(({ message }) => message);
  assertEquals(of("privileged: deny"), []);
  assertEquals(
    of("files: [spec, /srv/web]"),
    ["/etc/shadow", "/srv/web/../x", "/root/.ssh/id"].map((path) =>
      `${path} of the agents is not allowed by the rule files of p`
    ),
  );
});

Deno.test("policy: a pod that agents run by themselves is held to that of the host it is sent from", async () => {
  const text = "services: {web: {image: i, volumes: [/etc:/e], cap_add: [SYS_ADMIN]}}\n" +
    "x-pod: {containerizer: mesos}\n";
  const { project } = await loadCompose({
    files: ["compose.yaml"],
    projectName: "shop",
    environment: {},
    workingDirectory: "/sandbox",
    access: {
      readText: () => text,
      readStandardInput: () => "",
      kind: (path) => path === "/sandbox/compose.yaml" ? "file" : "absent",
      followLinks: (path) => path,
    },
  });
  const { pod } = podOf({ project, readFile: () => undefined, forCluster: true });
  const of = (policy: string) =>
    new Policies([readPolicy(policy, "p")]).judgeForCluster(pod, { names: {}, followLinks })
      .map(({ path }) => path);
  assertEquals(of("privileged: deny"), []);
  assertEquals(of("bind_mounts: [/srv]\ncapabilities: deny"), [
    "services.web.cap_add",
    "services.web.volumes",
  ]);
});
