import type { Security } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import type { ComposeService } from "./model.ts";
import type { PodRequest } from "./pod.ts";
import type { ProblemList } from "./problem_list.ts";

/** Privileges of a service. A `seccomp` profile named by its file is read, because the engine takes its content. */
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
  const absolute = file.startsWith("/") ? file : `${request.project.workingDirectory}/${file}`;
  const bytes = request.readFile(absolute);
  if (bytes === undefined) {
    problems.error(where, `the seccomp profile ${absolute} is not a readable file of at most 1 MiB`);
    return undefined;
  }
  try {
    return JSON.stringify(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (error) {
    problems.error(
      where,
      `the seccomp profile ${absolute} is not JSON: ${error instanceof Error ? error.message : error}`,
    );
    return undefined;
  }
}
