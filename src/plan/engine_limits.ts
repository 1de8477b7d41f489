import type { Container, Pod } from "../pod/model.ts";
import { apiAtLeast } from "./api_version.ts";
import type { EngineFacts } from "./observed.ts";
import type { PlacementProblems } from "./placement_problems.ts";

/**
 * Fields that an engine of this age would drop in silence: refused where the container would then be something
 * else, warned about where it would only be less.
 */
export function checkEngineLimits(
  container: Container,
  pod: Pod,
  engine: EngineFacts,
  problems: PlacementProblems,
): void {
  const lacks = (version: string) => !apiAtLeast(engine, version);
  const needs = (release: string, version: string) =>
    `needs Docker Engine ${release} (API ${version}); this engine has API ${engine.apiVersion}`;
  const refuse = (field: string, release: string, version: string) =>
    problems.error(container.name, field, needs(release, version));
  const warn = (field: string, release: string, version: string) =>
    problems.warning(container.name, field, `has no effect: ${needs(release, version)}`);

  if (Object.keys(container.annotations).length > 0 && lacks("1.43")) warn("annotations", "24", "1.43");
  if (container.health?.startIntervalNanoseconds !== undefined) {
    if (lacks("1.44")) refuse("healthcheck.start_interval", "25", "1.44");
    else if (container.health.startPeriodNanoseconds === undefined) {
      problems.error(container.name, "healthcheck.start_interval", "needs start_period as well");
    }
  }
  container.mounts.forEach((mount, index) => {
    const field = `volumes[${index}]`;
    if (mount.type === "image" && lacks("1.48")) refuse(field, "28", "1.48");
    // An older engine would mount the whole volume.
    if (mount.volume?.subpath !== undefined && lacks("1.45")) refuse(`${field}.volume.subpath`, "26", "1.45");
    const recursive = mount.bind?.recursive;
    if (recursive !== undefined && recursive !== "enabled" && recursive !== "disabled" && lacks("1.44")) {
      refuse(`${field}.bind.recursive`, "25", "1.44");
    }
  });
  for (const attachment of container.networks) {
    const field = `networks.${attachment.network}`;
    if (attachment.macAddress !== undefined) {
      if (lacks("1.44")) refuse(`${field}.mac_address`, "25", "1.44");
    }
    if (attachment.interfaceName !== undefined && lacks("1.49")) {
      refuse(`${field}.interface_name`, "28.1", "1.49");
    }
    if (attachment.gatewayPriority !== 0 && lacks("1.48")) warn(`${field}.gw_priority`, "28", "1.48");
  }
  const primary = container.networks[0];
  if (
    container.macAddress !== undefined && primary?.macAddress !== undefined &&
    container.macAddress !== primary.macAddress
  ) {
    problems.error(
      container.name,
      "mac_address",
      `is not that of networks.${primary.network}.mac_address (${primary.macAddress}): keep one of them`,
    );
  }
  warnOfSharedNamespace(container, pod, problems);
}

/** What an engine refuses for a container that joins the network namespace of another one. */
function warnOfSharedNamespace(container: Container, pod: Pod, problems: PlacementProblems): void {
  const { kind } = container.networkNamespace;
  if (kind !== "external" && !(kind === "container" && pod.network.mode === "services")) return;
  const warn = (field: string) =>
    problems.warning(
      container.name,
      field,
      "belongs to the container whose network namespace this one joins: the engine will refuse it",
    );
  if (container.ports.length > 0) warn("ports[0]");
  if (container.hostname !== undefined) warn("hostname");
  if (container.extraHosts.length > 0) warn("extra_hosts");
  if (container.macAddress !== undefined) warn("mac_address");
  if (container.links.length > 0) warn("links");
  if (container.dns.length > 0) warn("dns");
}
