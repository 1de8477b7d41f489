/**
 * A job of Aurora for its own executor, Thermos, as a Compose document: each process is a container, all of one image,
 * so that it is loaded, checked and placed as every other spec.
 *
 * What Thermos would do and a pod does not is told by the path of its field; docs/mesos-aurora.md is this for users.
 * Source of the fields and their defaults: Aurora's configuration reference.
 */

import type { ProblemList } from "../../compose/problem_list.ts";
import type { HealthCheck } from "../wire/messages.ts";
import { type AuroraContainer, containerOfObject } from "./aurora_data.ts";
import { sandboxInContainer } from "./docker_container.ts";
import type { RunParameter } from "./docker_parameters.ts";
import { documentOf } from "./image_run.ts";
import { bindThermos, type ThermosBindings } from "./thermos_bindings.ts";
import { healthCheckOf, httpLifecycleOf } from "./thermos_checks.ts";
import { type ThermosFields, ThermosReader } from "./thermos_reader.ts";

/** What a job of Thermos needs besides its own text. */
export interface ThermosSurroundings {
  readonly bindings: ThermosBindings;
  /** What is told first of what is wrong: `TaskInfo.data`. */
  readonly name: string;
  /** Of a label, or of the task itself: before what the job says. */
  readonly image?: string;
  /** What the scheduler says of the container: before what the job says. */
  readonly container?: AuroraContainer;
  /** `uid:gid` of the role on this host; absent: the image's. */
  readonly user?: string;
  /** As `x-pod.network`. */
  readonly network?: string;
  /** Flags of `docker run` as the host's owner lets them through. */
  readonly parameters: (given: readonly RunParameter[]) => readonly RunParameter[];
}

/** A job of Thermos as a pod. */
export interface ThermosPod {
  readonly document: Readonly<Record<string, unknown>>;
  readonly healthCheck?: HealthCheck;
}

/** Fields of a job that are for Aurora's scheduler and client alone, which have used them before there was a task. */
const ofScheduler = [
  "name",
  "contact",
  "cluster",
  "instances",
  "instance",
  "role",
  "environment",
  "tier",
  "cron_schedule",
  "cron_collision_policy",
  "update_config",
  "constraints",
  "service",
  "max_task_failures",
  "production",
  "priority",
  "task_links",
  "enable_hooks",
  "metadata",
  "partition_policy",
  "sla_policy",
];

/** A shell as Thermos runs command lines with, or the one that every image has. */
const shell = 'if [ -x /bin/bash ]; then exec /bin/bash -c "$0"; fi; exec /bin/sh -c "$0"';

interface Process {
  readonly service: string;
  readonly fields: ThermosFields;
  readonly path: string;
  readonly isEphemeral: boolean;
}

/** Makes the document of a job of Thermos. Errors are in `problems`: then the document is not to be used. */
export function thermosPod(
  job: Readonly<Record<string, unknown>>,
  around: ThermosSurroundings,
  problems: ProblemList,
): ThermosPod {
  const reader = new ThermosReader(around.name, problems);
  const { bindings } = around;
  reader.expect("", job, [
    "task",
    "announce",
    "health_check_config",
    "lifecycle",
    "container",
    ...ofScheduler,
  ]);
  const task = reader.fields(job["task"], "task");
  reader.expect("task", task, [
    "name",
    "processes",
    "constraints",
    "resources",
    "max_failures",
    "max_concurrency",
    "finalization_wait",
    "user",
  ]);
  const processes = processesOf(task, reader);
  const orders = ordersOf(task, processes, reader);
  limitsOf(task, processes, reader);
  const container = around.container ?? containerOfObject(job["container"]);
  const image = around.image ?? container?.image;
  if (image === undefined) {
    reader.error(
      "container",
      "names no image, and the processes need one: set the label mesolet.image, or Docker(image = …) in the job",
    );
  }
  if (job["announce"] !== undefined && job["announce"] !== null) {
    reader.warning(
      "announce",
      "has no effect: nothing is announced in ZooKeeper; use the task's ports of discovery",
    );
  }
  const parameters = around.parameters(container?.parameters ?? []);
  const grace = reader.number(task["finalization_wait"], "task.finalization_wait") ?? 30;
  const services: Record<string, unknown> = {};
  const volumes: Record<string, unknown> = {};
  let network = around.network;
  for (const { service, fields, path } of processes) {
    const cmdline = bindThermos(
      reader.text(fields["cmdline"], `${path}.cmdline`) ?? "",
      bindings,
      (written, why) => reader.error(`${path}.cmdline`, `${written}: ${why}`),
    );
    if (cmdline.trim() === "") reader.error(`${path}.cmdline`, "is missing");
    const made = documentOf(
      {
        image: image ?? "",
        entrypoint: ["/bin/sh", "-c", shell],
        command: [cmdline],
        network: "host",
        ports: [],
        publishOffered: false,
        privileged: false,
        pullAlways: false,
        environment: bindings.user === undefined
          ? { HOME: sandboxInContainer }
          : { HOME: sandboxInContainer, USER: bindings.user, LOGNAME: bindings.user },
        mounts: (container?.volumes ?? []).map(({ containerPath, hostPath, readOnly }) => ({
          kind: "bind",
          source: hostPath,
          target: containerPath,
          readOnly,
        })),
        parameters,
      },
      ({ key, value }, why) =>
        reader.error("container.parameters", `${JSON.stringify(key)} (${JSON.stringify(value)}): ${why}`),
    );
    const own = reader.fields(reader.fields(made["services"], "services")["app"], "services");
    network ??= networkOf(made);
    Object.assign(volumes, made["volumes"]);
    const before = [...orders].flatMap(([first, seconds]) => seconds.has(service) ? [first] : []);
    services[service] = {
      working_dir: sandboxInContainer,
      ...(around.user === undefined ? {} : { user: around.user }),
      stop_grace_period: `${grace}s`,
      ...own,
      ...restartOf(fields, path, reader),
      ...(before.length === 0 ? {} : {
        depends_on: Object.fromEntries(
          before.map((name) => [name, { condition: "service_completed_successfully" }]),
        ),
      }),
    };
  }
  publishPorts(services, network ?? "host", bindings);
  const essential = essentialOf(processes, orders, reader);
  const lifecycle = httpLifecycleOf(job["lifecycle"], bindings, reader);
  const check = healthCheckOf(job["health_check_config"], bindings, reader);
  return {
    document: {
      services,
      volumes,
      "x-pod": {
        network: network ?? "host",
        ...(essential === undefined ? {} : { essential }),
        ...(lifecycle === undefined ? {} : { http_lifecycle: lifecycle }),
      },
    },
    ...(check === undefined ? {} : { healthCheck: check }),
  };
}

/** Aurora's containers are on the host's network, unless a parameter says otherwise. */
function networkOf(document: Readonly<Record<string, unknown>>): string {
  const { network } = Object(document["x-pod"]) as { readonly network?: unknown };
  return typeof network === "string" ? network : "host";
}

/** In a namespace of its own the pod has its ports under the numbers that its processes were told. */
function publishPorts(
  services: Record<string, unknown>,
  network: string,
  { ports }: ThermosBindings,
): void {
  const [first] = Object.keys(services);
  if (first === undefined || network === "host" || network === "none" || ports.size === 0) return;
  services[first] = {
    ...Object(services[first]),
    ports: [...ports].map(([name, port]) => ({
      name,
      target: port,
      published: String(port),
      protocol: "tcp",
    })),
  };
}

function processesOf(task: ThermosFields, reader: ThermosReader): Process[] {
  const names = new Set<string>();
  const processes = reader.list(task["processes"], "task.processes").flatMap((item, index): Process[] => {
    const path = `task.processes[${index}]`;
    const fields = reader.fields(item, path);
    reader.expect(path, fields, [
      "name",
      "cmdline",
      "max_failures",
      "daemon",
      "ephemeral",
      "min_duration",
      "final",
      "logger",
      "resources",
    ]);
    const name = reader.text(fields["name"], `${path}.name`) ?? "";
    if (name === "") reader.error(`${path}.name`, "is missing");
    const service = name.replace(/[^A-Za-z0-9._-]/g, "_").replace(/^[^A-Za-z0-9]/, "p$&");
    if (names.has(service)) reader.error(`${path}.name`, `${JSON.stringify(name)} is there twice`);
    names.add(service);
    if (fields["final"] === true) {
      reader.error(
        `${path}.final`,
        "a process after all others is not run in a pod: use x-pod.hooks, or the label mesolet.hook.finished",
      );
    }
    if (fields["min_duration"] !== undefined && fields["min_duration"] !== 5) {
      reader.warning(`${path}.min_duration`, "has no effect: restarts wait for growing times");
    }
    const logger = fields["logger"];
    if (typeof logger === "object" && logger !== null && Object.keys(logger).length > 0) {
      reader.warning(
        `${path}.logger`,
        "has no effect: use the labels mesolet.log-max-size and mesolet.log-max-files",
      );
    }
    return [{ service, fields, path, isEphemeral: fields["ephemeral"] === true }];
  });
  if (processes.length === 0) reader.error("task.processes", "names no process");
  return processes;
}

/** Which process each one starts after. */
function ordersOf(
  task: ThermosFields,
  processes: readonly Process[],
  reader: ThermosReader,
): ReadonlyMap<string, ReadonlySet<string>> {
  const byName = new Map(processes.map(({ service, fields }) => [fields["name"], service]));
  const orders = new Map<string, Set<string>>();
  reader.list(task["constraints"], "task.constraints").forEach((item, index) => {
    const path = `task.constraints[${index}]`;
    const fields = reader.fields(item, path);
    reader.expect(path, fields, ["order"]);
    const order = reader.list(fields["order"], `${path}.order`).flatMap((name) => {
      const service = byName.get(name);
      if (service === undefined) {
        reader.error(`${path}.order`, `no process is called ${JSON.stringify(name)}`);
      }
      return service === undefined ? [] : [service];
    });
    order.slice(1).forEach((second, position) => {
      const first = order[position] ?? "";
      orders.set(first, (orders.get(first) ?? new Set()).add(second));
    });
  });
  return orders;
}

function limitsOf(task: ThermosFields, processes: readonly Process[], reader: ThermosReader): void {
  const failures = reader.number(task["max_failures"], "task.max_failures") ?? 1;
  if (failures !== 1 && processes.length > 1) {
    reader.warning(
      "task.max_failures",
      "has no effect: the first process that has failed for good fails the task",
    );
  }
  const concurrency = reader.number(task["max_concurrency"], "task.max_concurrency") ?? 0;
  if (concurrency > 0 && concurrency < processes.length) {
    reader.error("task.max_concurrency", "is not kept by a pod: put the processes in order by constraints");
  }
  if (typeof task["user"] === "string") {
    reader.warning(
      "task.user",
      "has no effect: processes run as the role, or as the label mesolet.user says",
    );
  }
}

/** `max_failures` counts runs that fail; 0 is without end. */
function restartOf(
  fields: ThermosFields,
  path: string,
  reader: ThermosReader,
): { readonly restart?: string } {
  const failures = reader.number(fields["max_failures"], `${path}.max_failures`) ?? 1;
  if (fields["daemon"] === true) {
    if (failures !== 0) {
      reader.warning(
        `${path}.max_failures`,
        "has no effect for a daemon: it is started again after every end",
      );
    }
    return { restart: "always" };
  }
  if (failures === 0) return { restart: "on-failure" };
  return failures === 1 ? {} : { restart: `on-failure:${failures - 1}` };
}

/** Undefined: every process that none waits for decides. An ephemeral one does not. */
function essentialOf(
  processes: readonly Process[],
  orders: ReadonlyMap<string, ReadonlySet<string>>,
  reader: ThermosReader,
): readonly string[] | undefined {
  const ephemeral = processes.filter(({ isEphemeral }) => isEphemeral);
  if (ephemeral.length === 0) return undefined;
  const deciding = processes.filter(({ service, isEphemeral }) =>
    !isEphemeral && (orders.get(service)?.size ?? 0) === 0
  );
  const [only] = deciding;
  if (only !== undefined && deciding.length === 1) return [only.service];
  for (const { path } of ephemeral) {
    reader.error(
      `${path}.ephemeral`,
      "is possible beside one process that decides alone when the task ends: put the others before it by constraints",
    );
  }
  return undefined;
}
