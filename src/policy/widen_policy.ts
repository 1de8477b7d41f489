import { ExitCode } from "../pod/errors.ts";
import { type Choice, openPolicy, type Policy } from "./policy.ts";
import { readPolicy, ruleMembers, type RuleName } from "./read_policy.ts";

/**
 * Widens a policy by `RULE` or `RULE=VALUE`, as flags do: `privileged`, `bind_mounts=/data:ro`.
 *
 * @throws {SpecError} exit code 64
 */
export function widenPolicy(policy: Policy, grants: readonly string[]): Policy {
  return grants.reduce(widened, policy);
}

function widened(policy: Policy, grant: string): Policy {
  const equals = grant.indexOf("=");
  const rule = equals < 0 ? grant : grant.slice(0, equals);
  const said = equals < 0 ? "allow" : { allow: [grant.slice(equals + 1)] };
  const given = readPolicy(JSON.stringify({ [rule]: said }), `--allow ${grant}`, openPolicy, ExitCode.usage);
  // It is one: it was read.
  const member = ruleMembers[rule as RuleName];
  const [before, added] = [policy[member], given[member]];
  if (typeof before === "boolean") return { ...policy, [member]: true };
  return {
    ...policy,
    [member]: { ...before, ...joined(before, typeof added === "boolean" ? before : added) },
  };
}

/** What is named is denied no more. */
function joined(before: Choice<unknown>, { allow }: Choice<unknown>): Choice<unknown> {
  if (allow === "all") return { allow, deny: [] };
  const named = new Set(allow.map((item) => JSON.stringify(item)));
  return {
    allow: before.allow === "all" ? "all" : [...before.allow, ...allow],
    deny: before.deny.filter((item) => !named.has(JSON.stringify(item))),
  };
}
