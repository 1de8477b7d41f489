import { parseImageReference } from "../../pod/image_reference.ts";
import type { ProblemList } from "../../compose/problem_list.ts";
import type { Policies } from "../../policy/policies.ts";
import type { AuroraTask } from "./aurora_data.ts";
import { runParameterNames } from "./docker_parameters.ts";
import { hasDockerImage, runOfContainer } from "./docker_container.ts";
import type { TaskChoices } from "./task_choices.ts";
import type { TaskPodRequest } from "./task_pod.ts";
import type { ThermosBindings } from "./thermos_bindings.ts";
import { type ThermosPod, thermosPod } from "./thermos_job.ts";

/** What a task of Aurora has in place of names between braces. */
export function bindingsOf(
  { task, identity }: Pick<TaskPodRequest, "task" | "identity">,
  aurora: AuroraTask | undefined,
): ThermosBindings {
  const { role, instance, taskId } = aurora ?? {};
  return {
    ports: aurora?.ports ?? new Map(),
    taskId: taskId ?? task.task_id.value,
    hostname: identity.hostname,
    ...(role === undefined ? {} : { user: role }),
    ...(instance === undefined ? {} : { instance }),
  };
}

/** The pod of a task whose data is a job of Thermos: the job, with what the task says of it. */
export function thermosPodOf(
  spec: { readonly thermos: Readonly<Record<string, unknown>>; readonly name: string },
  { request, choices, aurora, policies }: {
    readonly request: TaskPodRequest;
    readonly choices: TaskChoices;
    readonly aurora: AuroraTask | undefined;
    readonly policies: Policies;
  },
  problems: ProblemList,
): ThermosPod {
  const { task } = request;
  const own = hasDockerImage(task.container) ? runOfContainer(task, [], problems) : undefined;
  const user = choices.user === undefined
    ? userOfRole(aurora?.role, request, spec.name, problems)
    : undefined;
  const image = choices.image ?? own?.image;
  if (choices.image !== undefined) checkImage(choices.image, problems);
  return thermosPod(spec.thermos, {
    name: spec.name,
    bindings: bindingsOf(request, aurora),
    ...(image === undefined ? {} : { image }),
    ...(aurora?.container === undefined ? {} : { container: aurora.container }),
    ...(user === undefined ? {} : { user }),
    ...(choices.network === undefined ? {} : { network: choices.network }),
    parameters: (given) => {
      const judged = policies.judgeParameters([...given, ...own?.parameters ?? []], runParameterNames);
      for (const message of judged.refusals) problems.error(spec.name, message);
      return judged.parameters;
    },
  }, problems);
}

/** Thermos runs processes as the user that is called like the role. */
function userOfRole(
  role: string | undefined,
  { users }: Pick<TaskPodRequest, "users">,
  name: string,
  problems: ProblemList,
): string | undefined {
  if (role === undefined) return undefined;
  const user = users(role);
  if (user !== undefined) return `${user.uid}:${user.gid}`;
  problems.warning(
    name,
    `the role ${
      JSON.stringify(role)
    } is no user of this host: processes run as the image says, or as the label ` +
      "mesolet.user",
  );
  return undefined;
}

function checkImage(image: string, problems: ProblemList): void {
  if (image.includes("{{")) return;
  try {
    parseImageReference(image);
  } catch (error) {
    problems.error("label mesolet.image", error instanceof Error ? error.message : String(error));
  }
}
