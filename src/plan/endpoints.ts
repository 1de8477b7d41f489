import type { Container } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import { apiAtLeast } from "./api_version.ts";
import { endpointBody } from "./endpoint_body.ts";
import { linkTexts } from "./links.ts";
import type { Surroundings } from "./place_container.ts";
import type { PlacedContainer } from "./placed.ts";
import type { EngineBody } from "./step.ts";

/** A container on a network. */
export interface Endpoint {
  /** The network's name on the engine. */
  readonly network: string;
  readonly body: EngineBody;
}

/** The endpoints of a container that is on networks of its own, the primary one first. */
export function endpointsOf(
  container: Container,
  role: PlacedContainer["role"],
  containerName: string,
  surroundings: Surroundings,
): Endpoint[] {
  const { pod, host, mainNetwork } = surroundings;
  if (container.networkNamespace.kind !== "pod") return [];
  const service = role === "pause" ? pod.name : container.name;
  const links = pod.network.mode === "services" ? linkTexts(container, pod) : [];
  const names = { containerName, service, links };
  const own = container.networks.map((attachment, index) => {
    const macAddress = attachment.macAddress ??
      (index === 0 && mainNetwork === undefined && apiAtLeast(host.engine, "1.44")
        ? container.macAddress
        : undefined);
    const network = pod.networks.find(({ key }) => key === attachment.network)?.name ?? attachment.network;
    return { network, body: endpointBody(attachment, names, macAddress) };
  });
  if (mainNetwork === undefined) return own;
  const main: Endpoint = {
    network: mainNetwork,
    body: present({
      Aliases: [...new Set([containerName, service])],
      MacAddress: apiAtLeast(host.engine, "1.44") ? container.macAddress : undefined,
    }),
  };
  return [main, ...own.filter(({ network }) => network !== mainNetwork)];
}
