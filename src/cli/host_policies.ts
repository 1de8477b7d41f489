import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { noPolicies, Policies } from "../policy/policies.ts";
import type { Policy } from "../policy/policy.ts";

/** Where the owner of a host says what pods may do on it. */
export const hostPolicyFile = "/etc/mesolet/policy.yaml";

/** What policies are made of. */
export interface PolicySources {
  /** A file that somebody named; it holds beside that of the host, and cannot take anything of that back. */
  readonly file?: string | undefined;
  /** For tasks of Mesos: where the host has no policy, the default one holds, widened by these grants. */
  readonly tasks?: { readonly allow: readonly string[]; readonly log?: (text: string) => void };
  /** Absent: {@linkcode hostPolicyFile}. */
  readonly hostFile?: string;
}

/**
 * The policies that hold on this host. Nothing is evaluated where there are none.
 *
 * @throws {MesoletError} where one cannot be read (78), or is wrong: without it nobody knows what is allowed
 */
export async function policiesOfHost(
  { file, tasks, hostFile = hostPolicyFile }: PolicySources,
): Promise<Policies> {
  const ofHost = await textOf(hostFile);
  const given = file === undefined ? undefined : await textOf(file);
  if (file !== undefined && given === undefined) {
    throw new MesoletError(`There is no policy ${file}: give --policy a file`, ExitCode.noInput);
  }
  if (ofHost === undefined && given === undefined && tasks === undefined) return noPolicies;
  const [{ taskPolicy }, { readPolicy }, { widenPolicy }] = await Promise.all([
    import("../policy/policy.ts"),
    import("../policy/read_policy.ts"),
    import("../policy/widen_policy.ts"),
  ]);
  const policies: Policy[] = [];
  if (ofHost !== undefined) {
    if (tasks !== undefined && tasks.allow.length > 0) {
      const grants = tasks.allow.map((grant) => `--allow ${grant}`).join(" ");
      tasks.log?.(`warning: ${grants} has no effect: this host has a policy of its own, ${hostFile}`);
    }
    policies.push(readPolicy(ofHost, hostFile));
  } else if (tasks !== undefined) policies.push(widenPolicy(taskPolicy, tasks.allow));
  if (file !== undefined && given !== undefined) policies.push(readPolicy(given, file));
  return new Policies(policies);
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new MesoletError(
      `Cannot read the policy ${file}, without which nothing is allowed: ${messageOf(cause)}`,
      ExitCode.configuration,
      { cause },
    );
  }
}
