import { standInPlace } from "../mesos/framework/offline/stand_in_place.ts";
import { wordsOfRequirement } from "../mesos/framework/placement/rules.ts";
import type { TaskGroup } from "../mesos/framework/cluster/messages.ts";
import { launchBuilder } from "../mesos/framework/task/launch_of_wish.ts";
import type { ExecutorProgram } from "../mesos/framework/task/task_of_wish.ts";
import { refuseImpossibleChecks } from "../mesos/executor/checks.ts";
import { podOfTask } from "../mesos/task/pod_of_task.ts";
import type { SandboxFiles } from "../mesos/task/sandbox_files.ts";
import type { TaskInfo } from "../mesos/wire/messages.ts";
import { FileProblem } from "../compose/files.ts";
import { objectOf } from "../pod/json.ts";
import type { LaunchInvocation } from "./launch.ts";
import type { LaunchSpec } from "./launch_spec.ts";
import { printWarnings } from "./pod_spec.ts";

/** What stands in place of a value that may be secret. */
const hidden = "(hidden)";

/**
 * `mesolet launch --dry-run`: prints the task that would be launched, with a place and ports that stand for whichever
 * there will be, and the spec in it without values. It is read as an executor would read it, so that what an agent would
 * refuse is refused here.
 *
 * @returns 0
 * @throws {SpecError} where the executor would refuse it
 */
export async function printTask(
  { wish, roles, travelling }: LaunchSpec,
  { values, globals, context }: LaunchInvocation,
): Promise<number> {
  const built = launchBuilder({ program: programOf(values), grants: values.executorAllow })(
    wish,
    standInPlace(wish),
  );
  if (!("tasks" in built)) {
    const { warnings } = await readAsExecutor(built, context.workingDirectory);
    await printWarnings([...warnings, ...refuseImpossibleChecks(built, context.clock)], globals, context);
  }
  const shown = {
    ...("tasks" in built ? { group: shownGroup(built) } : { task: shownTask(built) }),
    spec: withoutValues(JSON.parse(travelling.identity)),
    placement: {
      roles,
      require: wish.rules.require.map(wordsOfRequirement),
      unique: wish.rules.unique,
      spread: wish.rules.spread,
    },
  };
  context.out.write(`${JSON.stringify(shown, null, 2)}\n`);
  return 0;
}

function programOf({ executorUri, executorFile }: LaunchInvocation["values"]): ExecutorProgram {
  if (executorFile !== undefined) return { kind: "file", path: executorFile };
  return { kind: "uri", uri: executorUri ?? "http://THIS-HOST/mesolet" };
}

/** What the agent would make of it, with an empty sandbox. */
function readAsExecutor(task: TaskInfo, workingDirectory: string) {
  const sandbox = `${workingDirectory}/.mesolet-sandbox`;
  return podOfTask({
    task,
    identity: { frameworkId: "FRAMEWORK", executorId: task.task_id.value, hostname: "AGENT" },
    sandbox: { path: sandbox, onHost: sandbox },
    words: [],
    variables: {},
    files: nothingThere,
    users: () => undefined,
  });
}

const nothingThere: SandboxFiles = {
  readText() {
    throw new FileProblem("there is no such file");
  },
  readStandardInput() {
    throw new FileProblem("there is none");
  },
  readBytes: () => undefined,
  kind: () => "absent",
  list: () => [],
  followLinks: (path) => path,
};

/** The spec without the values of variables, and without what is in configs and secrets. */
function withoutValues(spec: unknown): unknown {
  const project = { ...objectOf(spec) };
  project["services"] = mapped(
    project["services"],
    (service) =>
      "environment" in service
        ? { ...service, environment: mapped(service["environment"], () => hidden) }
        : service,
  );
  for (const member of ["configs", "secrets"]) {
    if (!(member in project)) continue;
    project[member] = mapped(
      project[member],
      (entry) => "content" in entry ? { ...entry, content: hidden } : entry,
    );
  }
  return project;
}

function mapped(
  value: unknown,
  of: (entry: Readonly<Record<string, unknown>>) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(objectOf(value)).map(([name, entry]) => [name, of(objectOf(entry))]),
  );
}

function shownTask({ data: _data, ...task }: TaskInfo): unknown {
  return withoutPasswords(task);
}

/** Its tasks have the values in their commands, and what is in configs and secrets in their volumes. */
function shownGroup({ executor, tasks }: TaskGroup): unknown {
  const text = JSON.stringify({
    executor,
    tasks: tasks.map(({ command, container, ...task }) => ({
      ...task,
      command: {
        ...command,
        ...(command?.environment === undefined ? {} : {
          environment: {
            variables: command.environment.variables?.map(({ name }) => ({ name, value: hidden })),
          },
        }),
      },
      container: {
        ...container,
        ...(container?.volumes === undefined ? {} : {
          volumes: container.volumes.map((volume) =>
            volume.source?.type === "SECRET"
              ? { ...volume, source: { type: "SECRET", secret: hidden } }
              : volume
          ),
        }),
      },
    })),
  });
  return JSON.parse(text);
}

/** Of addresses: whatever stands before the host, and what may be a signature. */
function withoutPasswords(task: Omit<TaskInfo, "data">): unknown {
  return JSON.parse(
    JSON.stringify(
      task,
      (key, value) =>
        key === "value" && typeof value === "string" && /^[a-z][a-z0-9+.-]*:\/\//i.test(value)
          ? value.replace(/\/\/[^/@\s]*@/, `//${hidden}@`).replace(/\?.*$/s, `?${hidden}`)
          : value,
    ),
  );
}
