import type { Network, NetworkAttachment } from "../pod/model.ts";
import type { EngineBody } from "./step.ts";

/** The endpoint of a container on one of its networks, as create and connect calls take it. */
export function endpointBody(
  attachment: NetworkAttachment,
  names: { readonly containerName: string; readonly service: string; readonly links: readonly string[] },
  macAddress?: string,
): EngineBody {
  const addresses: EngineBody = {
    IPv4Address: attachment.ipv4Address,
    IPv6Address: attachment.ipv6Address,
    LinkLocalIPs: attachment.linkLocalAddresses.length === 0 ? undefined : attachment.linkLocalAddresses,
  };
  const options: Record<string, string> = { ...attachment.driverOptions };
  if (attachment.interfaceName !== undefined) {
    options["com.docker.network.endpoint.ifname"] = attachment.interfaceName;
  }
  const hasAddresses = Object.values(addresses).some((value) => value !== undefined);
  return {
    Aliases: [names.containerName, names.service, ...attachment.aliases],
    Links: names.links.length === 0 ? undefined : names.links,
    IPAMConfig: hasAddresses ? addresses : undefined,
    // Docker Compose sends it as well; engines take the address from IPAMConfig.
    IPAddress: attachment.ipv4Address,
    MacAddress: macAddress,
    DriverOpts: Object.keys(options).length === 0 ? undefined : options,
    GwPriority: attachment.gatewayPriority === 0 ? undefined : attachment.gatewayPriority,
  };
}

/** The body of `POST /networks/create`. */
export function networkBody(
  network: Network,
  labels: Readonly<Record<string, string>>,
  sendDuplicateCheck: boolean,
): EngineBody {
  const addressing = network.addressing;
  return {
    Name: network.name,
    // Engines before API 1.44 allow two networks of one name unless asked not to.
    CheckDuplicate: sendDuplicateCheck || undefined,
    Driver: network.driver,
    Options: Object.keys(network.driverOptions).length === 0 ? undefined : network.driverOptions,
    Internal: network.internal || undefined,
    Attachable: network.attachable || undefined,
    EnableIPv4: network.enableIpv4,
    EnableIPv6: network.enableIpv6,
    IPAM: addressing === undefined ? undefined : {
      Driver: addressing.driver,
      Options: Object.keys(addressing.options).length === 0 ? undefined : addressing.options,
      Config: addressing.pools.map((pool) => ({
        Subnet: pool.subnet,
        IPRange: pool.range,
        Gateway: pool.gateway,
        AuxiliaryAddresses: Object.keys(pool.auxiliaryAddresses).length === 0
          ? undefined
          : pool.auxiliaryAddresses,
      })),
    },
    Labels: { ...network.labels, ...labels },
  };
}
