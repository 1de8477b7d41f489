import type { FrameworkInfo, FrameworkInfoCapabilityType } from "../../../src/mesos/wire/messages.ts";
import { idProblem } from "./id_rules.ts";

/** The longest time that Mesos can hold: nanoseconds in 63 bits. In seconds. */
const longestDuration = 9_223_372_036;

/** Whether a framework says that it can do something. */
export function isCapable(framework: FrameworkInfo, capability: FrameworkInfoCapabilityType): boolean {
  return (framework.capabilities ?? []).some(({ type }) => type === capability);
}

/** The roles that a framework wants offers for. */
export function rolesOf(framework: FrameworkInfo): readonly string[] {
  return isCapable(framework, "MULTI_ROLE") ? framework.roles ?? [] : [framework.role ?? "*"];
}

/** What speaks against a framework that subscribes, in the words of the master. */
export function frameworkProblem(framework: FrameworkInfo): string | undefined {
  const id = framework.id?.value ?? "";
  return rolesProblem(framework) ?? (id === "" ? undefined : idProblem(id)) ?? timeoutProblem(framework);
}

/** What speaks against a change of a framework, in the words of the master. */
export function changeProblem(from: FrameworkInfo, to: FrameworkInfo): string | undefined {
  if (from.principal !== to.principal) return "Changing framework's principal is not allowed.";
  const unsupported = (member: string, before: unknown, after: unknown) =>
    `Updating 'FrameworkInfo.${member}' is unsupported; attempted to update from '${before}' to '${after}'`;
  if (from.user !== to.user) return unsupported("user", from.user, to.user);
  const [before, after] = [from.checkpoint ?? false, to.checkpoint ?? false];
  return before === after ? undefined : unsupported("checkpoint", before, after);
}

/** What speaks against suppressed roles, in the words of the master. */
export function suppressionProblem(framework: FrameworkInfo, suppressed: readonly string[]) {
  const roles = rolesOf(framework);
  const strange = [...new Set(suppressed)].filter((role) => !roles.includes(role)).sort();
  if (strange.length === 0) return undefined;
  return `Suppressed roles { ${strange.join(", ")} } are not contained in the set of roles`;
}

function rolesProblem(framework: FrameworkInfo): string | undefined {
  if (!isCapable(framework, "MULTI_ROLE")) {
    if ((framework.roles?.length ?? 0) > 0) {
      return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
    }
    const problem = roleProblem(framework.role ?? "*");
    return problem === undefined ? undefined : `'FrameworkInfo.role' is not a valid role: ${problem}`;
  }
  if (framework.role !== undefined) {
    return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
  }
  const roles = framework.roles ?? [];
  const twice = [...new Set(roles.filter((role, index) => roles.indexOf(role) !== index))];
  if (twice.length > 0) return `'FrameworkInfo.roles' contains duplicate items: { ${twice.join(", ")} }`;
  const problem = roles.map(roleProblem).find((problem) => problem !== undefined);
  return problem === undefined ? undefined : `'FrameworkInfo.roles' contains invalid role: ${problem}`;
}

function roleProblem(role: string): string | undefined {
  if (role === "*") return undefined;
  if (role.startsWith("/")) return `Role '${role}' cannot start with a slash`;
  if (role.endsWith("/")) return `Role '${role}' cannot end with a slash`;
  if (role.includes("//")) return `Role '${role}' cannot contain two adjacent slashes`;
  if (role === "") return "Role names cannot be the empty string";
  for (const component of role.split("/")) {
    if ([".", "..", "*"].includes(component)) {
      return `Role '${role}' cannot include '${component}' as a component`;
    }
    const invalid = `Role component '${component}' is invalid because it`;
    if (component.startsWith("-")) return `${invalid} starts with a dash`;
    if (/[\t\n\v\f\r \x7f]/.test(component)) return `${invalid} contains backspace or whitespace`;
  }
  return undefined;
}

function timeoutProblem({ failover_timeout = 0 }: FrameworkInfo): string | undefined {
  if (Math.abs(failover_timeout) <= longestDuration) return undefined;
  return `The framework failover_timeout (${failover_timeout}) is invalid`;
}
