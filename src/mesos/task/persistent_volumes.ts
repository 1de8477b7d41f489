import type { ProblemList } from "../../compose/problem_list.ts";
import type { Mount } from "../../pod/model.ts";
import type { ExecutorInfo, Resource, TaskInfo } from "../wire/messages.ts";
import { sandboxInContainer } from "./docker_container.ts";
import { isWithin, type SandboxFiles } from "./sandbox_files.ts";

/**
 * The persistent volumes among the resources of a task and of its executor, as mounts for its containers. An agent puts
 * each into the sandbox under its `container_path`: as a mount, which comes along with the sandbox, or as a link, which
 * leads nowhere in a container (Mesos, isolators `filesystem/linux` and `filesystem/posix`).
 */
export function persistentMounts(
  { task, executor, sandbox, files }: {
    readonly task: Pick<TaskInfo, "resources">;
    readonly executor?: Pick<ExecutorInfo, "resources">;
    readonly sandbox: { readonly path: string };
    readonly files: Pick<SandboxFiles, "kind" | "followLinks">;
  },
  problems: ProblemList,
): Mount[] {
  const mountsOf = (resources: readonly Resource[] | undefined, where: string) =>
    (resources ?? []).flatMap(({ disk }, index): Mount[] => {
      const volume = disk?.volume;
      if (volume === undefined) return [];
      const path = `${where}.resources[${index}].disk.volume`;
      const { container_path: name } = volume;
      if (name.startsWith("/") || name.split("/").includes("..")) {
        problems.warning(path, `is in no container: ${JSON.stringify(name)} is no path in the sandbox`);
        return [];
      }
      const inSandbox = `${sandbox.path}/${name}`;
      if (files.kind(inSandbox) === "absent") {
        problems.warning(
          path,
          `is in no container: the agent has put no ${JSON.stringify(name)} into the sandbox`,
        );
        return [];
      }
      const real = files.followLinks(inSandbox);
      if (isWithin(real, files.followLinks(sandbox.path))) return [];
      return [{
        type: "bind",
        source: real,
        target: `${sandboxInContainer}/${name}`,
        readOnly: volume.mode === "RO",
        bind: { createHostPath: false },
      }];
    });
  return [...mountsOf(task.resources, "TaskInfo"), ...mountsOf(executor?.resources, "TaskInfo.executor")];
}
