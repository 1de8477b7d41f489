import type { Port } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import type { ComposeService } from "./model.ts";
import type { ProblemList } from "./problem_list.ts";

const protocols = ["tcp", "udp", "sctp"] as const;

/** The `ports` of a service. `mode` (ingress or host) makes no difference on one host. */
export function portsOf(path: string, service: ComposeService, problems: ProblemList): Port[] {
  const ports: Port[] = [];
  (service.ports ?? []).forEach((port, index) => {
    const word = (port.protocol ?? "tcp").toLowerCase();
    const protocol = protocols.find((known) => known === word);
    if (protocol === undefined) {
      problems.error(
        `${path}.ports[${index}].protocol`,
        `${JSON.stringify(word)} is not one of tcp, udp and sctp`,
      );
      return;
    }
    ports.push(present({
      target: port.target,
      protocol,
      published: port.published === "" ? undefined : port.published,
      hostAddress: port.host_ip,
      name: port.name,
      applicationProtocol: port.app_protocol,
    }));
  });
  return ports;
}
