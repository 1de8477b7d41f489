/** A container, as Kubernetes has it. */

import type { Container, EnvironmentVariable, Hook, Port } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import type { Report } from "./conversion.ts";
import { kubeName, literalText } from "./kube_names.ts";
import { probeOf } from "./kube_probe.ts";
import { securityContextOf } from "./kube_security.ts";
import type { KubeStorage } from "./kube_storage.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The containers that a service becomes: one for each of its replicas. */
export function kubeContainers(
  container: Container,
  storage: KubeStorage,
  report: Report,
  { isInit }: { readonly isInit: boolean },
): Fields[] {
  return Array.from({ length: container.replicas }, (_, index) => {
    const name = kubeName(index === 0 ? container.name : `${container.name}-${index + 1}`);
    return {
      name,
      ...kubeContainer(container, storage, report, isInit),
    };
  });
}

function kubeContainer(container: Container, storage: KubeStorage, report: Report, isInit: boolean): Fields {
  const path = `services.${container.name}`;
  const mounts = storage.mountsOf(container);
  const probe = isInit ? undefined : probeOf(container, report);
  if (isInit && container.health !== undefined) {
    report.lost(
      `${path}.healthcheck`,
      "Kubernetes does not ask for the health of a container of initContainers",
    );
  }
  return present({
    image: container.image,
    imagePullPolicy: pullPolicyOf(container, path, report),
    ...commandOf(container, path, report),
    workingDir: container.workingDirectory,
    env: environmentOf(container.environment, `${path}.environment`, report),
    ports: portsOf(container, report),
    resources: resourcesOf(container, path, report),
    volumeMounts: mounts.length === 0 ? undefined : mounts,
    readinessProbe: probe,
    lifecycle: isInit ? noHooks(container, report) : lifecycleOf(container, report),
    securityContext: securityContextOf(container, path, report),
    stdin: container.stdinOpen || undefined,
    tty: container.tty || undefined,
  });
}

function pullPolicyOf({ pull }: Container, path: string, report: Report): string | undefined {
  switch (pull.kind) {
    case "always":
      return "Always";
    case "never":
      return "Never";
    case "missing":
      return "IfNotPresent";
    case "interval":
      report.lost(`${path}.pull_policy`, "Kubernetes pulls an image each time, or once");
      return "Always";
    case "unset":
      // Its own default is Always for an image without a tag.
      return "IfNotPresent";
  }
}

/** The image's command goes where an entrypoint is given, here as there. */
function commandOf({ command, entrypoint }: Container, path: string, report: Report): Fields {
  const literal = (words: readonly string[]) => words.map(literalText);
  if (entrypoint !== null && entrypoint.length === 0) {
    if (command !== null && command.length > 0) return { command: literal(command) };
    report.lost(`${path}.entrypoint`, "an empty list is the image's own for Kubernetes");
    return {};
  }
  if (entrypoint === null && command !== null && command.length === 0) {
    report.lost(`${path}.command`, "an empty list is the image's own for Kubernetes");
  }
  return {
    ...(entrypoint === null ? {} : { command: literal(entrypoint) }),
    ...(command === null || command.length === 0 ? {} : { args: literal(command) }),
  };
}

function environmentOf(
  variables: readonly EnvironmentVariable[],
  path: string,
  report: Report,
): Fields[] | undefined {
  const list = variables.flatMap(({ name, value }) => {
    if (value !== null) return [{ name, value: literalText(value) }];
    report.lost(`${path}.${name}`, "Kubernetes takes no variable away that an image sets");
    return [];
  });
  return list.length === 0 ? undefined : list;
}

function portsOf({ name, ports, exposed }: Container, report: Report): Fields[] | undefined {
  const seen = new Set<string>();
  const published = ports.map((port, index) => {
    seen.add(`${port.target}/${port.protocol}`);
    return portOf(port, `services.${name}.ports[${index}]`, report);
  });
  const others = exposed.flatMap((text): Fields[] => {
    const [, port, protocol = "tcp"] = /^(\d+)(?:\/(\w+))?$/.exec(text) ?? [];
    if (port === undefined || seen.has(`${port}/${protocol}`)) return [];
    return [{ containerPort: Number(port), protocol: protocol.toUpperCase() }];
  });
  const all = [...published, ...others];
  return all.length === 0 ? undefined : all;
}

function portOf(
  { target, protocol, published, hostAddress, name }: Port,
  path: string,
  report: Report,
): Fields {
  const isOne = published !== undefined && /^\d+$/.test(published) && published !== "0";
  if (!isOne) {
    report.lost(path, "Kubernetes chooses no port of the host: the pod's own address has it");
  }
  const isName = name !== undefined && /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/.test(name) &&
    !name.includes("--");
  if (name !== undefined && !isName) {
    report.lost(
      `${path}.name`,
      `${name} is no name of a port for Kubernetes: 15 of lower-case letters, digits and -`,
    );
  }
  return {
    ...(isName ? { name } : {}),
    containerPort: target,
    ...(isOne ? { hostPort: Number(published) } : {}),
    ...(isOne && hostAddress !== undefined ? { hostIP: hostAddress } : {}),
    protocol: protocol.toUpperCase(),
  };
}

function resourcesOf(
  { resources, deviceRequests }: Container,
  path: string,
  report: Report,
): Fields | undefined {
  const { nanoCpus = 0, cpuQuota = 0, cpuPeriod = 100_000, memoryBytes = 0 } = resources;
  const milliCpus = nanoCpus > 0
    ? Math.ceil(nanoCpus / 1e6)
    : cpuQuota > 0
    ? Math.ceil(1000 * cpuQuota / cpuPeriod)
    : 0;
  const gpus = deviceRequests.reduce((sum, { capabilities, count, deviceIds }) => {
    const isGpu = capabilities.some((all) => all.includes("gpu"));
    if (!isGpu || count < 0 || deviceIds.length > 0) {
      report.lost(
        `${path}.gpus`,
        "Kubernetes counts whole GPUs: it takes neither all of them, nor one by its id",
      );
      return sum;
    }
    return sum + count;
  }, 0);
  if (resources.pidsLimit !== undefined && resources.pidsLimit > 0) {
    report.lost(`${path}.pids_limit`, "the kubelet has one limit for all pods");
  }
  const limits = {
    ...(milliCpus > 0 ? { cpu: `${milliCpus}m` } : {}),
    ...(memoryBytes > 0 ? { memory: String(memoryBytes) } : {}),
    ...(gpus > 0 ? { "nvidia.com/gpu": gpus } : {}),
  };
  const { reservedMilliCpus = 0, memoryReservationBytes = 0 } = resources;
  const requests = {
    ...(reservedMilliCpus > 0 ? { cpu: `${reservedMilliCpus}m` } : {}),
    ...(memoryReservationBytes > 0 ? { memory: String(memoryReservationBytes) } : {}),
  };
  const hasLimits = Object.keys(limits).length > 0;
  const hasRequests = Object.keys(requests).length > 0;
  if (!hasLimits && !hasRequests) return undefined;
  return { ...(hasLimits ? { limits } : {}), ...(hasRequests ? { requests } : {}) };
}

function lifecycleOf({ name, hooks }: Container, report: Report): Fields | undefined {
  const postStart = handlerOf(hooks.postStart, `services.${name}.post_start`, report);
  const preStop = handlerOf(hooks.preStop, `services.${name}.pre_stop`, report);
  if (postStart === undefined && preStop === undefined) return undefined;
  return present({ postStart, preStop });
}

function handlerOf(hooks: readonly Hook[], path: string, report: Report): Fields | undefined {
  const [first] = hooks;
  if (first === undefined) return undefined;
  for (let index = 1; index < hooks.length; index++) {
    report.lost(`${path}[${index}]`, "Kubernetes runs one command there: put them into a script");
  }
  const { command, user, privileged, workingDirectory, environment } = first;
  if (user !== undefined || privileged || workingDirectory !== undefined || environment.length > 0) {
    report.lost(
      `${path}[0]`,
      "its user, privileges, directory and variables: Kubernetes runs it as the container itself",
    );
  }
  return { exec: { command: [...command] } };
}

function noHooks({ name, hooks }: Container, report: Report): undefined {
  const why = "containers of initContainers have no hooks";
  if (hooks.postStart.length > 0) report.lost(`services.${name}.post_start`, why);
  if (hooks.preStop.length > 0) report.lost(`services.${name}.pre_stop`, why);
  return undefined;
}
