import { Label, sharedNetworkName, sharedNetworkRole } from "../pod/labels.ts";
import { apiAtLeast } from "./api_version.ts";
import type { EngineFacts } from "./observed.ts";
import type { EngineBody } from "./step.ts";

/**
 * The body that makes the bridge network which all pods of a host share, because engines run out of address pools at
 * about 30 networks.
 */
export function sharedNetworkBody(engine: EngineFacts): EngineBody {
  return {
    Name: sharedNetworkName,
    // Engines before API 1.44 allow two networks of one name unless asked not to.
    CheckDuplicate: apiAtLeast(engine, "1.44") ? undefined : true,
    Driver: "bridge",
    Labels: { [Label.role]: sharedNetworkRole },
  };
}
