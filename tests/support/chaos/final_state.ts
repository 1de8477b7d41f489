/** What a cluster is to look like when nothing goes wrong any more. */

import { livesOf } from "../running_operator.ts";
import { chaosLabel } from "./chaos_pods.ts";
import type { ChaosScene } from "./chaos_scene.ts";
import { instanceOf, taskOf } from "./instance_watch.ts";

/** The instances that are wanted to run: `many0.1`. Sorted, as all of these lists. */
export function wantedOf(scene: ChaosScene): readonly string[] {
  return scene.pods.filter(({ name, kind }) => scene.wanted.has(name) && kind !== "job")
    .flatMap(({ name, replicas }) => Array.from({ length: replicas }, (_, slot) => `${name}.${slot}`))
    .sort();
}

/** What runs, as the master has it; with what is odd about it. */
export function masterView(scene: ChaosScene): readonly string[] {
  return tasksOf(scene).map(({ id, state }) =>
    `${instanceOf(id)}${state === "TASK_RUNNING" ? "" : ` ${state}`}`
  ).sort();
}

/** As the agents have it. */
export async function agentsView(scene: ChaosScene): Promise<readonly string[]> {
  const executors = (await Promise.all(scene.hosts.map((host) => host.executors()))).flat();
  return executors.map(({ executorId }) => `${instanceOf(executorId)}${unknownOf(scene, executorId)}`).sort();
}

/** As the engine has it. */
export async function engineView(scene: ChaosScene): Promise<readonly string[]> {
  const containers = (await scene.engine.engine.listContainers()).filter(({ labels }) =>
    labels[chaosLabel.pod] !== undefined
  );
  return instancesOn(scene, containers).map(({ instance, task, odd }) =>
    `${instance}${odd}${unknownOf(scene, task)}`
  ).sort();
}

/** As the operator tells it. */
export async function operatorView(scene: ChaosScene): Promise<readonly string[]> {
  const { pods } = await scene.board();
  return pods.flatMap(({ instances = [] }) => instances)
    .filter(({ state }) => state !== "finished")
    .map(({ task = "", state, ready }) =>
      `${instanceOf(task)}${ready && state === "running" ? "" : ` ${state}`}${unknownOf(scene, task)}`
    ).sort();
}

function tasksOf({ master }: ChaosScene) {
  const frameworks = [...master.host.core.state.frameworks.values()];
  return frameworks.flatMap((framework) => [...framework.tasks.values()]).filter(({ ended }) => !ended);
}

function unknownOf(scene: ChaosScene, task: string): string {
  return tasksOf(scene).some(({ id }) => id === task) ? "" : `: ${task} is no task of the master`;
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
