import type { EngineFacts } from "../plan/observed.ts";
import { listOf, numberOf, objectOf, textOf, timeOf } from "../docker/json.ts";
import { sharedNetworkName } from "../pod/labels.ts";
import type { Finding } from "./doctor_finding.ts";
import { formatBytes, formatDuration } from "./human.ts";

/** Judgements of `mesolet doctor`: from facts to findings, without looking at anything themselves. */

/** The API version from which on every field of a Compose file reaches the engine. */
const fullApiVersion = "1.44";

/** Free space below which pulls of usual images fail, and below which they soon will. */
const tooLittleSpace = 500_000_000;
const littleSpace = 5_000_000_000;

/** A difference of clocks that makes certificates fail and `--since` lie. */
const clockTolerance = 5_000;

/** Which engine it is, how it was found, and whether its API is new enough. */
export function judgeEngine(facts: EngineFacts, where: string, from: string): Finding[] {
  const name = facts.kind === "podman" ? "Podman" : "Docker";
  const engine: Finding = {
    name: "engine",
    verdict: "ok",
    message: `${name} ${facts.serverVersion} at ${where} (${from})`,
  };
  const old = olderThan(facts.apiVersion, fullApiVersion);
  return [
    engine,
    {
      name: "API",
      verdict: "ok",
      message: `version ${facts.apiVersion}, ${facts.operatingSystem}/${facts.architecture}` +
        (old ? `; fields that came with ${fullApiVersion} are warned about in each file that has them` : ""),
    },
  ];
}

function olderThan(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split(".").map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}

/** Whether the total of a pod can be enforced by a parent cgroup. */
export function judgeCgroups(
  facts: EngineFacts,
  usable: { readonly usable: true } | { readonly usable: false; readonly reason: string },
  writable: boolean,
): Finding {
  const kind = `cgroup v${facts.cgroupVersion}, driver ${facts.cgroupDriver}`;
  if (!usable.usable) {
    return {
      name: "cgroups",
      verdict: "warn",
      message: `${kind}; the total of a pod cannot be enforced: ${usable.reason}`,
      mend:
        "run mesolet as root on the engine's host with an engine that is not rootless, or give each container a limit",
    };
  }
  if (!writable) {
    return {
      name: "cgroups",
      verdict: "warn",
      message: `${kind}; the total of a pod cannot be enforced: this user may not make cgroups`,
      mend: "run as root, or give each container a limit of its own",
    };
  }
  return { name: "cgroups", verdict: "ok", message: `${kind}; the total of a pod is enforced` };
}

/** Space for images and containers. `free` absent: it cannot be seen from here. */
export function judgeSpace(
  root: string,
  space: { readonly free: number; readonly total: number; readonly freeInodes: number } | undefined,
): Finding {
  const name = "disk space";
  if (space === undefined) {
    return { name, verdict: "ok", message: `${root} is not on this host or cannot be read: not checked` };
  }
  const message = `${formatBytes(space.free)} of ${formatBytes(space.total)} free in ${root}`;
  const mend = "remove what is not used: docker system prune, docker image prune -a";
  if (space.free < tooLittleSpace) return { name, verdict: "fail", message, mend };
  if (space.freeInodes > 0 && space.freeInodes < 10_000) {
    return { name, verdict: "warn", message: `${message}, but only ${space.freeInodes} inodes`, mend };
  }
  return space.free < littleSpace
    ? { name, verdict: "warn", message, mend }
    : { name, verdict: "ok", message };
}

/** What is in the engine: from the answer to `/info`. */
export function judgeInventory(information: unknown): Finding {
  const info = objectOf(information);
  return {
    name: "images",
    verdict: "ok",
    message: `${numberOf(info.Images)} images, ${numberOf(info.ContainersRunning)} of ${
      numberOf(info.Containers)
    } containers running, storage driver ${textOf(info.Driver) || "unknown"}`,
  };
}

/** What the engine itself warns of: missing kernel features, most of the time. */
export function judgeKernel(information: unknown): Finding[] {
  const info = objectOf(information);
  const warnings = listOf(info.Warnings).map(textOf).filter((text) => text !== "");
  const kernel: Finding = {
    name: "kernel",
    verdict: "ok",
    message: textOf(info.KernelVersion) || "unknown",
  };
  return [
    kernel,
    ...warnings.map((text): Finding => ({
      name: "kernel",
      verdict: "warn",
      message: text.replace(/^WARNING: /, ""),
      mend: mendOf(text),
    })),
  ];
}

function mendOf(warning: string): string {
  if (warning.includes("swap limit")) {
    return "boot with swapaccount=1 (cgroup v1) when memswap_limit is to hold";
  }
  if (warning.includes("bridge-nf-call")) {
    return "modprobe br_netfilter, and sysctl net.bridge.bridge-nf-call-iptables=1";
  }
  if (warning.includes("IPv4 forwarding")) {
    return "sysctl net.ipv4.ip_forward=1, or containers reach no network";
  }
  if (warning.includes("API is accessible")) return "listen on a unix socket, or require client certificates";
  return "containers that ask for it run without this limit: use a kernel and a cgroup setup that have it";
}

/** Our clock against the engine's. `askedAt`: by our clock, half-way between question and answer. */
export function judgeClock(information: unknown, askedAt: number): Finding {
  const name = "clock";
  const theirs = timeOf(objectOf(information).SystemTime);
  if (theirs === undefined) {
    return { name, verdict: "ok", message: "the engine does not tell its time: not checked" };
  }
  const apart = Math.abs(theirs - askedAt);
  if (apart <= clockTolerance) return { name, verdict: "ok", message: "agrees with the engine's" };
  return {
    name,
    verdict: "warn",
    message: `${formatDuration(apart)} ${theirs < askedAt ? "ahead of" : "behind"} the engine's`,
    mend: "have both hosts keep the time by NTP: certificates and --since depend on it",
  };
}

/** The network that all pods in `pod` mode share, from an inspection; null when there is none yet. */
export function judgeSharedNetwork(network: unknown, ownLabel: string, networks: number): Finding[] {
  const name = "network";
  const findings: Finding[] = [];
  if (network === null) {
    findings.push({
      name,
      verdict: "ok",
      message: `${sharedNetworkName} is not there yet: the first pod makes it`,
    });
  } else {
    const { Driver: driver, Labels: labels, IPAM: addressing } = objectOf(network);
    const pool = listOf(objectOf(addressing).Config).map((each) => textOf(objectOf(each).Subnet)).join(", ");
    if (Object.hasOwn(objectOf(labels), ownLabel) || textOf(driver) === "bridge") {
      findings.push({
        name,
        verdict: "ok",
        message: `${sharedNetworkName}: ${textOf(driver)} ${pool}`.trimEnd(),
      });
    } else {
      findings.push({
        name,
        verdict: "fail",
        message: `a network ${sharedNetworkName} is there that is no bridge (${textOf(driver)})`,
        mend:
          `remove it (docker network rm ${sharedNetworkName}), or give pods another one with x-pod.network`,
      });
    }
  }
  // The default address pools of Docker hold 31 networks.
  if (networks >= 25) {
    findings.push({
      name,
      verdict: "warn",
      message: `${networks} networks are there: Docker's default address pools end at about 30`,
      mend: "docker network prune, or set default-address-pools in /etc/docker/daemon.json",
    });
  }
  return findings;
}

/**
 * Whether an engine reaches the registry of an image, from what it answered when it asked for that image.
 *
 * @param answer.credentials where they are from, in words
 */
export function judgeImageRegistry(
  registry: string,
  image: string,
  answer: { readonly credentials: string; readonly status: number; readonly said: string },
): Finding {
  const name = "registry";
  const credentials = `credentials: ${answer.credentials}`;
  const said = answer.said.trim().replace(/\s*\n\s*/g, "; ") || `HTTP ${answer.status}`;
  if (answer.status < 300) {
    return { name, verdict: "ok", message: `${registry} is reached from the engine; ${credentials}` };
  }
  if (/page not found/i.test(said) || said === "Not Found") {
    return {
      name,
      verdict: "ok",
      message: `${registry}: this engine cannot ask it: not checked; ${credentials}`,
    };
  }
  if (answer.status === 401 || answer.status === 403 || /denied|unauthorized/i.test(said)) {
    return {
      name,
      verdict: "warn",
      message: `${registry} does not give ${image}: ${said}; ${credentials}`,
      mend: `check the name, or log in: docker login ${registry}`,
    };
  }
  if (answer.status === 404 || /not found|manifest unknown/i.test(said)) {
    return {
      name,
      verdict: "warn",
      message: `${registry} is reached from the engine and has no ${image}; ${credentials}`,
      mend: "check the image's name and tag, or load it into the engine",
    };
  }
  return {
    name,
    verdict: "warn",
    message: `${registry} is not reached from the engine: ${said}; ${credentials}`,
    mend: "look at the network, DNS and proxy of the engine; images that are there are used without it",
  };
}

/** Credentials for a registry: found, or why not. */
export function judgeRegistry(
  registry: string,
  result: { readonly found: boolean } | { readonly error: string },
): Finding {
  const name = "registry";
  if ("error" in result) {
    return {
      name,
      verdict: "fail",
      message: `${registry}: ${result.error}`,
      mend: `docker login ${registry}, or take it out of Docker's config.json`,
    };
  }
  return result.found ? { name, verdict: "ok", message: `credentials for ${registry} are at hand` } : {
    name,
    verdict: "warn",
    message: `${registry} is in Docker's config.json without credentials: pulls are anonymous`,
    mend: `docker login ${registry}`,
  };
}
