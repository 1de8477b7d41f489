import type { MasterLink } from "../operator/cluster_board.ts";
import { present } from "../pod/present.ts";
import { cut } from "./record_text.ts";

/** How the operator stands with the master: a member of `/v1/pods`. */
export interface MasterRecord {
  readonly connected: boolean;
  /** `HOST:PORT`. */
  readonly master?: string;
  readonly framework?: string;
  readonly reason?: string;
}

export function masterRecordOf({ connected, address, framework, reason }: MasterLink): MasterRecord {
  return present({
    connected,
    master: address,
    framework,
    reason: reason === undefined ? undefined : cut(reason),
  });
}
