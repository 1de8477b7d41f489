/**
 * The task that Marathon makes of an app with an executor of its own, in the words of Mesos: what a test of such an app
 * has to give to an agent. What depends on nothing of the app (constraints, volumes, roles) is left out.
 */
import type { CommandInfoURI, HealthCheck, Resource } from "../../src/mesos/wire/messages.ts";
import type { TaskWish } from "./agent/strict_agent.ts";

/** An app as it is sent to `/v2/apps`, so far as the examples use it. */
export interface MarathonApp {
  readonly id: string;
  readonly executor: string;
  readonly cmd?: string;
  readonly args?: readonly string[];
  readonly cpus: number;
  readonly mem: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly fetch?: readonly {
    readonly uri: string;
    readonly executable?: boolean;
    readonly extract?: boolean;
    readonly cache?: boolean;
    readonly destPath?: string;
  }[];
  readonly portDefinitions?: readonly {
    readonly port: number;
    readonly name?: string;
    readonly protocol?: string;
  }[];
  readonly healthChecks?: readonly {
    readonly protocol: string;
    readonly path: string;
    readonly portIndex: number;
    readonly gracePeriodSeconds: number;
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly maxConsecutiveFailures: number;
  }[];
  readonly taskKillGracePeriodSeconds?: number;
}

/** What an offer and Marathon itself add to an app. */
export interface MarathonOffer {
  readonly taskId: string;
  readonly frameworkId: string;
  readonly hostname: string;
  /** One for each port definition. */
  readonly ports: readonly number[];
  /** Marathon's older releases send the app as `TaskInfo.data`. */
  readonly sendsApp: boolean;
}

/** The task of one instance of an app. */
export function marathonTask(app: MarathonApp, offer: MarathonOffer): TaskWish {
  const { executor, cmd = "", args = [] } = app;
  // An app without a command is marked as one that needs no shell, though the value is for a shell: it cannot start.
  const shell = cmd !== "" && args.length === 0;
  return {
    name: app.id.split("/").filter((part) => part !== "").reverse().join("."),
    task_id: { value: offer.taskId },
    resources: resourcesOf(app, offer.ports),
    ...(app.labels === undefined ? {} : { labels: { labels: named(app.labels, "key") } }),
    executor: {
      executor_id: { value: `marathon-${offer.taskId}` },
      framework_id: { value: offer.frameworkId },
      command: {
        value: `chmod ug+rx '${executor}' && exec '${executor}' ${cmd === "" ? args.join(" ") : cmd}`,
        ...(shell ? {} : { shell: false, arguments: args }),
        uris: (app.fetch ?? []).map(uriOf),
        environment: { variables: named(environmentOf(app, offer), "name") },
      },
    },
    discovery: {
      visibility: "FRAMEWORK",
      name: app.id.slice(1),
      ports: {
        ports: (app.portDefinitions ?? []).map(({ name, protocol = "tcp" }, index) => ({
          number: offer.ports[index] ?? 0,
          ...(name === undefined ? {} : { name }),
          protocol,
        })),
      },
    },
    ...(app.taskKillGracePeriodSeconds === undefined ? {} : {
      kill_policy: { grace_period: { nanoseconds: app.taskKillGracePeriodSeconds * 1e9 } },
    }),
    ...healthCheckOf(app, offer.ports),
    ...(offer.sendsApp ? { data: new TextEncoder().encode(JSON.stringify(app)) } : {}),
  };
}

function resourcesOf({ cpus, mem }: MarathonApp, ports: readonly number[]): Resource[] {
  return [
    { name: "cpus", type: "SCALAR", scalar: { value: cpus } },
    { name: "mem", type: "SCALAR", scalar: { value: mem } },
    {
      name: "ports",
      type: "RANGES",
      ranges: { range: ports.map((port) => ({ begin: port, end: port })) },
    },
  ];
}

function uriOf(
  { uri, executable = false, extract = true, cache = false, destPath }: NonNullable<
    MarathonApp["fetch"]
  >[number],
): CommandInfoURI {
  return {
    value: uri,
    executable,
    extract,
    cache,
    ...(destPath === undefined ? {} : { output_file: destPath }),
  };
}

function environmentOf(app: MarathonApp, { taskId, hostname, ports }: MarathonOffer): Record<string, string> {
  const { id, cpus, mem, labels = {}, portDefinitions = [], env = {} } = app;
  const variable = (text: string) => text.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
  const definitions = portDefinitions.flatMap(({ port, name }, index) => {
    const assigned = String(ports[index] ?? "");
    return [
      ...(port === 0 ? [] : [[`PORT_${port}`, assigned]]),
      ...(name === undefined ? [] : [[`PORT_${variable(name)}`, assigned]]),
    ];
  });
  return {
    MESOS_TASK_ID: taskId,
    MARATHON_APP_ID: id,
    MARATHON_APP_VERSION: "2026-01-01T00:00:00.000Z",
    MARATHON_APP_RESOURCE_CPUS: String(cpus),
    MARATHON_APP_RESOURCE_MEM: String(mem),
    MARATHON_APP_LABELS: Object.keys(labels).map(variable).join(" "),
    ...Object.fromEntries(
      Object.entries(labels).map(([key, value]) => [`MARATHON_APP_LABEL_${variable(key)}`, value]),
    ),
    ...(ports.length === 0 ? {} : { PORT: String(ports[0]), PORTS: ports.join(",") }),
    ...Object.fromEntries(ports.map((port, index) => [`PORT${index}`, String(port)])),
    ...Object.fromEntries(definitions),
    HOST: hostname,
    ...env,
  };
}

/** Mesos makes one check at most; of an app on the host's network it is asked on the assigned port. */
function healthCheckOf(
  { healthChecks = [] }: MarathonApp,
  ports: readonly number[],
): { readonly health_check?: HealthCheck } {
  const check = healthChecks.find(({ protocol }) => protocol === "MESOS_HTTP");
  if (check === undefined) return {};
  return {
    health_check: {
      type: "HTTP",
      http: { scheme: "http", port: ports[check.portIndex] ?? 0, path: check.path },
      delay_seconds: 0,
      grace_period_seconds: check.gracePeriodSeconds,
      interval_seconds: check.intervalSeconds,
      timeout_seconds: check.timeoutSeconds,
      consecutive_failures: check.maxConsecutiveFailures,
    },
  };
}

function named<Key extends "key" | "name">(
  values: Readonly<Record<string, string>>,
  key: Key,
): (Record<Key, string> & { readonly value: string })[] {
  return Object.entries(values).map(([name, value]) =>
    ({ [key]: name, value }) as Record<Key, string> & { readonly value: string }
  );
}
