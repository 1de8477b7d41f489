import type { Security } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import type { ComposeService } from "./model.ts";
import { joinPath } from "./paths.ts";
import type { PodRequest } from "./pod.ts";
import type { ProblemList } from "./problem_list.ts";

/**
 * Privileges of a service. A `seccomp` profile named by its file is read, because the engine takes its content; one that
 * stands in the option itself is taken as it is.
 */
export function securityOf(
  path: string,
  service: ComposeService,
  request: PodRequest,
  problems: ProblemList,
): Security {
  const options: string[] = [];
  let unconfinedSystemPaths = false;
  (service.security_opt ?? []).forEach((option, index) => {
    const where = `${path}.security_opt[${index}]`;
    if (option === "systempaths=unconfined") {
      unconfinedSystemPaths = true;
      return;
    }
    const [, key = option, value] = /^([^=:]+)[=:](.*)$/s.exec(option) ?? [];
    if (value === undefined && option !== "no-new-privileges") {
      problems.error(where, `${JSON.stringify(option)} is not of the form name=value`);
    } else if (key === "seccomp" && value !== undefined && value !== "unconfined" && value !== "builtin") {
      const profile = seccompProfile(value, where, request, problems);
      if (profile !== undefined) options.push(`seccomp=${profile}`);
    } else options.push(option);
  });
  return present({
    privileged: service.privileged ?? false,
    readOnlyRoot: service.read_only ?? false,
    capabilitiesAdded: service.cap_add ?? [],
    capabilitiesDropped: service.cap_drop ?? [],
    options,
    unconfinedSystemPaths,
    isolation: service.isolation,
  });
}

function seccompProfile(
  file: string,
  where: string,
  request: PodRequest,
  problems: ProblemList,
): string | undefined {
  if (file.startsWith("{")) return parsedProfile(file, where, "the seccomp profile", problems);
  const absolute = joinPath(request.project.workingDirectory, file);
  const bytes = request.readFile(absolute);
  if (bytes === undefined) {
    problems.error(where, `the seccomp profile ${absolute} is not a readable file of at most 1 MiB`);
    return undefined;
  }
  return parsedProfile(bytes, where, `the seccomp profile ${absolute}`, problems);
}

function parsedProfile(
  profile: string | Uint8Array,
  where: string,
  what: string,
  problems: ProblemList,
): string | undefined {
  try {
    const text = typeof profile === "string"
      ? profile
      : new TextDecoder("utf-8", { fatal: true }).decode(profile);
    return JSON.stringify(JSON.parse(text));
  } catch {
    // What is wrong in it would be told with a piece of it, and the file may be any.
    problems.error(where, `${what} is not JSON`);
    return undefined;
  }
}
