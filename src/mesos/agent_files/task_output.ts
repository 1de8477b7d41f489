import type { Sandbox, SandboxFile } from "./sandbox.ts";

/** Where executors of ours write the output of containers (docs/executor-files.md). */
const logs = "logs";
/** Where agents show the sandboxes of the tasks of Mesos' own executor, since Mesos 1.5 (`slave/paths.cpp`). */
const tasks = "tasks";

/**
 * A sandbox whose output is at the same place, whoever runs the containers: under the executor of Mesos each is a task
 * with a sandbox of its own, and what it writes is in `stdout` and `stderr` there. It is shown as
 * `logs/web-1.stdout`, as that of ours is.
 *
 * @param executorId what the ids of the tasks begin with
 */
export function withTaskOutput(sandbox: Sandbox, executorId: string): Sandbox {
  let isOfTasks = false;
  const directoryOf = (member: string) => `${tasks}/${executorId}.${member}`;
  return {
    ...sandbox,
    async list(path, signal) {
      const own = await sandbox.list(path, signal);
      if (path !== logs || own !== undefined) return own;
      const found = await sandbox.list(tasks, signal);
      if (found === undefined) return undefined;
      isOfTasks = true;
      const files: SandboxFile[] = [];
      for (const { name } of found) {
        if (!name.startsWith(`${executorId}.`)) continue;
        const member = name.slice(executorId.length + 1);
        for (const file of await sandbox.list(directoryOf(member), signal) ?? []) {
          if (outputName.test(file.name)) files.push({ ...file, name: `${member}.${file.name}` });
        }
      }
      return files;
    },
    read(path, offset, length, signal) {
      const [, member = "", file = ""] = isOfTasks ? shownName.exec(path) ?? [] : [];
      return sandbox.read(member === "" ? path : `${directoryOf(member)}/${file}`, offset, length, signal);
    },
  };
}

/** Loggers of agents move what is full aside as ours do: `stdout.1`. */
const outputName = /^(?:stdout|stderr)(?:\.\d+)?$/;
const shownName = /^logs\/(.+)\.((?:stdout|stderr)(?:\.\d+)?)$/;
