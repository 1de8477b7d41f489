/** What an agent lacks for an instance of a pod, and how that is told to people. */

import type { ScalarName } from "./needs.ts";

/** A reason why an agent is no place for a pod. */
export type Lack =
  /** Thousandths. */
  | { readonly kind: "scalar"; readonly name: ScalarName; readonly needed: number; readonly offered: number }
  | { readonly kind: "ports"; readonly needed: number; readonly offered: number }
  | { readonly kind: "port"; readonly port: number }
  /** `rule` in words, as in the spec: `rack is not r3`; `found` is what the agent has. */
  | { readonly kind: "rule"; readonly rule: string; readonly found?: string }
  /** Another instance of the pod is there already. */
  | { readonly kind: "taken"; readonly by: string; readonly value: string }
  | { readonly kind: "role"; readonly role: string; readonly roles: readonly string[] }
  | { readonly kind: "leaving"; readonly why: "maintenance" | "draining" }
  /** It is in another region than the master, and the pod asks for none. */
  | { readonly kind: "remote"; readonly region: string };

/** A lack in words: `cpus: 2 needed, 0.5 offered`. */
export function wordsOf(lack: Lack): string {
  switch (lack.kind) {
    case "scalar":
      return `${lack.name}: ${amount(lack.name, lack.needed)} needed, ${
        amount(lack.name, lack.offered)
      } offered`;
    case "ports":
      return `ports: ${lack.needed} needed, ${lack.offered} offered`;
    case "port":
      return `port ${lack.port} is not offered`;
    case "rule":
      return lack.found === undefined
        ? `${lack.rule}: the agent has no such attribute`
        : `${lack.rule}: it is ${lack.found}`;
    case "taken":
      return `one instance for each ${lack.by}: there is one at ${lack.value} already`;
    case "role":
      return `offered to the role ${lack.role}, the pod is for ${lack.roles.join(", ")}`;
    case "leaving":
      return lack.why === "maintenance" ? "is about to be maintained" : "is being drained";
    case "remote":
      return `is in the region ${lack.region}, which is not the master's: x-pod.placement has to ask for it`;
  }
}

/** Lacks of one kind have one key, however far off an agent is: so that `7 agents lack cpus` can be counted. */
export function keyOf(lack: Lack): string {
  switch (lack.kind) {
    case "scalar":
      return lack.name;
    case "ports":
      return "ports";
    case "port":
      return `port ${lack.port}`;
    case "rule":
      return lack.rule;
    case "taken":
      return `one instance for each ${lack.by}`;
    case "role":
      return `role ${lack.role}`;
    case "leaving":
      return lack.why;
    case "remote":
      return `region ${lack.region}`;
  }
}

function amount(name: ScalarName, value: number): string {
  const unit = name === "memory" || name === "disk" ? " MiB" : "";
  return `${value / 1000}${unit}`;
}
