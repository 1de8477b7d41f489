/** What a cluster is to look like when nothing goes wrong any more. */

import { livesOf } from "../running_operator.ts";
import { chaosLabel } from "./chaos_pods.ts";
import type { ChaosScene } from "./chaos_scene.ts";
import { instanceOf, taskOf } from "./instance_watch.ts";

/** The same, as several see it: each line is one instance. Sorted. */
export interface Views {
  readonly wanted: readonly string[];
  readonly master: readonly string[];
  readonly agents: readonly string[];
  readonly engine: readonly string[];
  readonly operator: readonly string[];
}

/** What is wanted to run, and what runs as the master, the agents, the engine and the operator have it. */
export async function viewsOf(scene: ChaosScene): Promise<Views> {
  const frameworks = [...scene.master.host.core.state.frameworks.values()];
  const tasks = frameworks.flatMap((framework) => [...framework.tasks.values()]).filter(({ ended }) =>
    !ended
  );
  const executors = (await Promise.all(scene.hosts.map((host) => host.executors()))).flat();
  const containers = (await scene.engine.engine.listContainers()).filter(({ labels }) =>
    labels[chaosLabel.pod] !== undefined
  );
  const { pods } = await scene.board();
  const taskIds = tasks.map(({ id }) => id);
  const wanted = scene.pods.filter(({ name, kind }) => scene.wanted.has(name) && kind !== "job");
  const unknown = (task: string) => taskIds.includes(task) ? "" : `: ${task} is no task of the master`;
  return {
    wanted: wanted.flatMap(({ name, replicas }) =>
      Array.from({ length: replicas }, (_, slot) => `${name}.${slot}`)
    ).sort(),
    master: tasks.map(({ id, state }) => `${instanceOf(id)}${state === "TASK_RUNNING" ? "" : ` ${state}`}`)
      .sort(),
    agents: executors.map(({ executorId }) => `${instanceOf(executorId)}${unknown(executorId)}`).sort(),
    engine: instancesOn(scene, containers).map(({ instance, task, odd }) =>
      `${instance}${odd}${unknown(task)}`
    ).sort(),
    operator: pods.flatMap(({ instances = [] }) => instances)
      .filter(({ state }) => state !== "finished")
      .map(({ task = "", state, ready }) =>
        `${instanceOf(task)}${ready && state === "running" ? "" : ` ${state}`}${unknown(task)}`
      ).sort(),
  };
}

function instancesOn(
  scene: ChaosScene,
  containers: Awaited<ReturnType<ChaosScene["engine"]["engine"]["listContainers"]>>,
) {
  const byTask = Map.groupBy(containers, taskOf);
  return [...byTask].map(([task, own]) => {
    const instance = instanceOf(task);
    const pod = scene.pods.find(({ name }) => instance.startsWith(`${name}.`));
    const said = scene.wanted.get(pod?.name ?? "");
    const right = own.filter(({ state, labels }) => state === "running" && labels[chaosLabel.said] === said);
    const isRight = right.length === own.length && own.length === pod?.containers;
    const odd = isRight
      ? ""
      : ` ${own.map(({ state, labels }) => `${state} ${labels[chaosLabel.said]}`).join(", ")}`;
    return { instance, task, odd };
  });
}

/** The process and start of each container, by instance. */
export async function livesByInstance(scene: ChaosScene): Promise<ReadonlyMap<string, string>> {
  const containers = (await scene.engine.engine.listContainers()).filter((container) =>
    taskOf(container) !== ""
  );
  const pods = [...new Set(containers.map(({ labels }) => labels["io.mesolet.pod"] ?? ""))];
  const lives = await livesOf(scene.engine, pods);
  const found = new Map<string, string[]>();
  for (const container of containers) {
    const instance = instanceOf(taskOf(container));
    const life = `${container.id.slice(0, 12)} ${lives.get(container.id) ?? "is gone"}`;
    found.set(instance, [...found.get(instance) ?? [], life]);
  }
  return new Map([...found].map(([instance, own]) => [instance, own.sort().join("; ")]));
}

/** Processes that belong to a framework: their ids. */
export async function processesOf(frameworkId: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await Deno.readTextFile(`/proc/${name}/environ`).catch(() => "");
    if (environment.includes(`MESOS_FRAMEWORK_ID=${frameworkId}`)) found.push(name);
  }
  return found;
}
