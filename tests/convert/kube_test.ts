import { parse } from "yaml";
import type { Conversion } from "../../src/convert/conversion.ts";
import { toKube } from "../../src/convert/kube.ts";
import { objectOf } from "../../src/pod/json.ts";
import { assertEquals } from "../support/assert.ts";
import { type GivenSpec, lossesOf, notesOf, sourceOf } from "./converting.ts";

async function converted(given: string | GivenSpec): Promise<Conversion> {
  const spec = typeof given === "string" ? { text: given } : given;
  return toKube(await sourceOf(spec), { volumeSize: "2Gi" });
}

/** The documents of a manifest: the pod is the last. */
function documentsOf({ text }: Conversion): Record<string, unknown>[] {
  return text.split("\n---\n").map((document) => ({ ...objectOf(parse(document)) }));
}

/** The only container of a service's fields, and what is lost. */
async function containerOf(
  fields: string,
): Promise<readonly [container: Record<string, unknown>, losses: string[]]> {
  const conversion = await converted(`services: {a: {image: i, ${fields}}}\nvolumes: {data: {}}\n`);
  const { spec } = documentsOf(conversion).at(-1) ?? {};
  const [container] = objectOf(spec)["containers"] as Record<string, unknown>[];
  return [container ?? {}, lossesOf(conversion)];
}

Deno.test("kube: a pod as text", async () => {
  const conversion = await converted({
    text: `
services:
  web:
    image: web:1
    command: [serve, "$$(X)"]
    environment: {KEY: "a$$(b)"}
    ports: ["8080:80", {name: dns, target: 53, published: "53", protocol: udp, host_ip: 127.0.0.1}]
    volumes: ["data:/data"]
    configs: [page]
    secrets: [{source: key, target: /key, mode: 0400}]
    depends_on: {setup: {condition: service_completed_successfully}}
    stop_grace_period: 20s
    restart: unless-stopped
  setup: {image: setup, entrypoint: ["/setup"], volumes: ["data:/data:ro"]}
volumes: {data: {}}
configs: {page: {content: "hello\\n"}}
secrets: {key: {file: ./key}}
x-pod: {resources: {cpus: 1, memory: 256m}}
`,
    files: { key: "k" },
  });
  assertEquals(lossesOf(conversion), []);
  assertEquals(notesOf(conversion), [
    "secrets.key: its content is in the text, as that of all secrets: keep it safe",
    "volumes.data: asks for 2Gi, as a claim has to: --volume-size says how much",
    "x-pod.resources: is held to by Kubernetes from 1.34 on (PodLevelResources)",
  ]);
  assertEquals(
    conversion.text,
    `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: shop-data
spec:
  accessModes:
    - ReadWriteOnce
  resources:
    requests:
      storage: "2Gi"
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: shop-page
data:
  page: |
    hello
---
apiVersion: v1
kind: Secret
metadata:
  name: shop-key
type: Opaque
data:
  key: aw==
---
apiVersion: v1
kind: Pod
metadata:
  name: shop
  labels:
    app: shop
spec:
  hostAliases:
    - ip: "127.0.0.1"
      hostnames:
        - setup
        - shop-setup-1
        - shop-web-1
        - web
  restartPolicy: Always
  terminationGracePeriodSeconds: 20
  resources:
    limits:
      cpu: "1000m"
      memory: "268435456"
  initContainers:
    - name: setup
      image: setup
      imagePullPolicy: IfNotPresent
      command:
        - /setup
      volumeMounts:
        - name: data
          mountPath: /data
          readOnly: true
  containers:
    - name: web
      image: web:1
      imagePullPolicy: IfNotPresent
      args:
        - serve
        - "$$(X)"
      env:
        - name: KEY
          value: "a$$(b)"
      ports:
        - containerPort: 80
          hostPort: 8080
          protocol: TCP
        - name: dns
          containerPort: 53
          hostPort: 53
          hostIP: "127.0.0.1"
          protocol: UDP
      volumeMounts:
        - name: data
          mountPath: /data
        - name: config-page
          mountPath: /page
          subPath: page
          readOnly: true
        - name: secret-key
          mountPath: /key
          subPath: key
          readOnly: true
  volumes:
    - name: data
      persistentVolumeClaim:
        claimName: shop-data
    - name: config-page
      configMap:
        name: shop-page
        items:
          - key: page
            path: page
    - name: secret-key
      secret:
        secretName: shop-key
        items:
          - key: key
            path: key
            mode: 256
`,
  );
});

const fields: readonly {
  readonly fields: string;
  readonly container: Record<string, unknown>;
  readonly losses?: readonly string[];
}[] = [
  { fields: "entrypoint: [a, b]", container: { command: ["a", "b"] } },
  { fields: "entrypoint: [], command: [c]", container: { command: ["c"] } },
  { fields: "entrypoint: []", container: {}, losses: ["services.a.entrypoint"] },
  { fields: "command: []", container: {}, losses: ["services.a.command"] },
  { fields: "pull_policy: always", container: { imagePullPolicy: "Always" } },
  {
    fields: "pull_policy: daily",
    container: { imagePullPolicy: "Always" },
    losses: ["services.a.pull_policy"],
  },
  {
    fields: "healthcheck: {test: [CMD, x], interval: 1m, timeout: 5s, retries: 2, start_period: 9s}",
    container: {
      readinessProbe: { exec: { command: ["x"] }, periodSeconds: 60, timeoutSeconds: 5, failureThreshold: 2 },
    },
  },
  {
    fields: "healthcheck: {test: x, interval: 500ms, start_interval: 1s}",
    container: {
      readinessProbe: {
        exec: { command: ["/bin/sh", "-c", "x"] },
        periodSeconds: 1,
        timeoutSeconds: 30,
        failureThreshold: 3,
      },
    },
    losses: ["services.a.healthcheck.start_interval", "services.a.healthcheck.interval"],
  },
  { fields: "healthcheck: {disable: true}", container: {} },
  { fields: "healthcheck: {interval: 5s}", container: {}, losses: ["services.a.healthcheck"] },
  {
    fields: "cap_add: [CAP_NET_ADMIN], cap_drop: [ALL], read_only: true, user: '1:2', privileged: true",
    container: {
      securityContext: {
        privileged: true,
        readOnlyRootFilesystem: true,
        capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] },
        runAsUser: 1,
        runAsGroup: 2,
      },
    },
  },
  {
    fields:
      "security_opt: ['no-new-privileges:true', 'seccomp=unconfined', 'apparmor=mine', 'label=disable'], user: www",
    container: {
      securityContext: {
        allowPrivilegeEscalation: false,
        seccompProfile: { type: "Unconfined" },
        appArmorProfile: { type: "Localhost", localhostProfile: "mine" },
      },
    },
    losses: ["services.a.user", "services.a.security_opt"],
  },
  {
    fields:
      "deploy: {resources: {limits: {cpus: '0.5', memory: 64m, pids: 9}, reservations: {cpus: '0.1', memory: 8m}}}",
    container: {
      resources: {
        limits: { cpu: "500m", memory: "67108864" },
        requests: { cpu: "100m", memory: "8388608" },
      },
    },
    losses: ["services.a.pids_limit"],
  },
  {
    fields: "gpus: [{count: 2, driver: nvidia}]",
    container: { resources: { limits: { "nvidia.com/gpu": 2 } } },
  },
  {
    fields: "post_start: [{command: [a]}, {command: [b]}], pre_stop: [{command: [c], user: root}]",
    container: {
      lifecycle: { postStart: { exec: { command: ["a"] } }, preStop: { exec: { command: ["c"] } } },
    },
    losses: ["services.a.post_start[1]", "services.a.pre_stop[0]"],
  },
  {
    fields: "expose: ['80', '81/udp'], ports: [80]",
    container: {
      ports: [{ containerPort: 80, protocol: "TCP" }, { containerPort: 81, protocol: "UDP" }],
    },
    losses: ["services.a.ports[0]"],
  },
  {
    fields:
      "tmpfs: ['/a:size=1m,noexec'], volumes: [data:/v, /x:/x:ro, {type: tmpfs, target: /t}, /anonymous, " +
      "{type: bind, source: /s, target: /s, bind: {propagation: rshared}}]",
    container: {
      volumeMounts: [
        { name: "data", mountPath: "/v" },
        { name: "host-x", mountPath: "/x", readOnly: true },
        { name: "a-tmpfs-2", mountPath: "/t" },
        { name: "a-volume-3", mountPath: "/anonymous" },
        { name: "host-s", mountPath: "/s", mountPropagation: "Bidirectional" },
        { name: "a-memory-0", mountPath: "/a" },
      ],
    },
    losses: ["services.a.tmpfs"],
  },
  {
    fields: "stdin_open: true, tty: true, working_dir: /w",
    container: { stdin: true, tty: true, workingDir: "/w" },
  },
  {
    fields: "ulimits: {nofile: 5}, stop_signal: SIGINT, logging: {driver: none}, labels: {a: b}",
    container: {},
    losses: ["services.a.labels", "services.a.logging", "services.a.stop_signal", "services.a.ulimits"],
  },
];

for (const { fields: given, container, losses = [] } of fields) {
  Deno.test(`kube: ${given}`, async () => {
    const [made, lost] = await containerOf(given);
    const { name: _name, image: _image, imagePullPolicy, ...rest } = made;
    assertEquals(
      rest,
      Object.fromEntries(Object.entries(container).filter(([key]) => key !== "imagePullPolicy")),
    );
    assertEquals(imagePullPolicy, container["imagePullPolicy"] ?? "IfNotPresent");
    assertEquals(lost.map((line) => line.split(": ")[0] ?? ""), losses);
  });
}

const pods: readonly {
  readonly name: string;
  readonly text: string;
  readonly spec: Record<string, unknown>;
  readonly losses?: readonly string[];
}[] = [
  {
    name: "the host's namespaces",
    text: "services: {a: {image: i, pid: host, ipc: host}}\nx-pod: {network: host}\n",
    spec: { hostNetwork: true, hostPID: true, hostIPC: true },
  },
  {
    name: "namespaces of some containers alone",
    text: "services: {a: {image: i, pid: host}, b: {image: i, network_mode: host}}\n",
    spec: { hostPID: undefined, hostNetwork: undefined },
    losses: ["services.b.network_mode", "services.a.pid"],
  },
  {
    name: "networks of its own",
    text:
      "services: {a: {image: i, networks: [x]}}\nnetworks: {x: {internal: true}}\nx-pod: {network: services}\n",
    spec: {},
    losses: ["x-pod.network"],
  },
  {
    name: "names, name servers and kernel parameters",
    text:
      "services: {a: {image: i, hostname: h, extra_hosts: ['x=1.2.3.4', 'g=host-gateway'], dns: [1.1.1.1], dns_search: [s], " +
      "dns_opt: ['ndots:2', rotate], sysctls: {net.core.somaxconn: 5}, group_add: ['5', wheel]}}\n",
    spec: {
      hostname: "h",
      hostAliases: [
        { ip: "127.0.0.1", hostnames: ["a", "h", "shop-a-1"] },
        { ip: "1.2.3.4", hostnames: ["x"] },
      ],
      dnsPolicy: "None",
      dnsConfig: {
        nameservers: ["1.1.1.1"],
        searches: ["s"],
        options: [{ name: "ndots", value: "2" }, { name: "rotate" }],
      },
      securityContext: { supplementalGroups: [5], sysctls: [{ name: "net.core.somaxconn", value: "5" }] },
    },
    losses: ["services.a.group_add", "services.a.extra_hosts"],
  },
  {
    name: "one policy of restarts, and one grace",
    text:
      "services: {a: {image: i, restart: always}, b: {image: i, restart: on-failure:2, stop_grace_period: 1s}, c: {image: i}}\n",
    spec: { restartPolicy: "Always", terminationGracePeriodSeconds: 10 },
    losses: [
      "services.b.restart",
      "services.b.restart",
      "services.c.restart",
      "services.b.stop_grace_period",
    ],
  },
  {
    name: "an order that Kubernetes has not",
    text:
      "services: {a: {image: i, depends_on: {b: {condition: service_healthy}}}, b: {image: i, healthcheck: {test: x}}}\n",
    spec: { restartPolicy: "Never" },
    losses: ["services.a.depends_on.b.condition"],
  },
  {
    name: "what belongs to Mesos",
    text:
      "services: {a: {image: i}}\nx-pod: {essential: [a], roles: [r], uris: [/x], resources: {disk: 1g}}\n",
    spec: {},
    losses: ["x-pod.essential", "x-pod.roles", "x-pod.uris", "x-pod.resources.disk"],
  },
];

for (const { name, text, spec, losses = [] } of pods) {
  Deno.test(`kube: ${name}`, async () => {
    const conversion = await converted(text);
    const made = objectOf(documentsOf(conversion).at(-1)?.["spec"]);
    for (const [field, value] of Object.entries(spec)) assertEquals<unknown>(made[field], value, field);
    assertEquals(lossesOf(conversion).map((line) => line.split(": ")[0] ?? ""), losses);
  });
}

Deno.test("kube: several instances are a Deployment", async () => {
  const conversion = await converted(`
services: {a: {image: i, restart: always}}
x-pod:
  replicas: 3
  update: {order: start-first, parallel: 2, healthy_for: 5s, on_failure: rollback, max_failures: 1}
  unreachable: {wait: 1m}
  placement: {require: {rack: {not: r1}, zone: z, disk: {matches: x}}, unique: [hostname], spread: [region]}
`);
  const [deployment = {}] = documentsOf(conversion);
  const { template, ...spec } = objectOf(deployment["spec"]);
  assertEquals([deployment["apiVersion"], deployment["kind"]], ["apps/v1", "Deployment"]);
  assertEquals<unknown>(spec, {
    replicas: 3,
    minReadySeconds: 5,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } },
    selector: { matchLabels: { app: "shop" } },
  });
  const { metadata, spec: pod } = objectOf(template);
  assertEquals<unknown>(metadata, { labels: { app: "shop" } });
  const { affinity, topologySpreadConstraints, tolerations } = objectOf(pod);
  const labelSelector = { matchLabels: { app: "shop" } };
  assertEquals<unknown>(affinity, {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{
          matchExpressions: [
            { key: "rack", operator: "NotIn", values: ["r1"] },
            { key: "topology.kubernetes.io/zone", operator: "In", values: ["z"] },
          ],
        }],
      },
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{
        labelSelector,
        topologyKey: "kubernetes.io/hostname",
      }],
    },
  });
  assertEquals<unknown>(topologySpreadConstraints, [{
    maxSkew: 1,
    topologyKey: "topology.kubernetes.io/region",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector,
  }]);
  assertEquals<unknown>(tolerations, [{
    key: "node.kubernetes.io/unreachable",
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 60,
  }]);
  assertEquals(
    lossesOf(conversion).map((line) => line.split(": ")[0]),
    [
      "x-pod.placement.require.disk.matches",
      "x-pod.update.max_failures",
      "x-pod.update.on_failure",
    ],
  );
});
