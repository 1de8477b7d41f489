import type { Clock } from "../../pod/clock.ts";
import type { Engine } from "../../docker/engine.ts";
import type { TaskPod } from "../task/task_pod.ts";
import type { TaskInfo } from "../wire/messages_task.ts";
import type { ExecutorEnvironment } from "./executor_environment.ts";
import type { OutputSink } from "./merged_output.ts";
import { PodRecordWriter } from "./pod_record_writer.ts";
import { recordLogs } from "./sandbox_logs.ts";
import type { SandboxPlaces } from "./sandbox_places.ts";
import type { TaskOutputs } from "./task_tools.ts";

/** Opens what is written down of a task in the sandbox: its containers' output, and `pod.json`. */
export function openTaskOutputs(options: {
  readonly task: TaskInfo;
  readonly taskPod: TaskPod;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly environment: ExecutorEnvironment;
  readonly places: SandboxPlaces;
  readonly version: string;
  readonly out: OutputSink;
  readonly err: OutputSink;
  readonly log: (text: string) => void;
}): TaskOutputs {
  const { taskPod, engine, clock, places, out, err, log } = options;
  const { pod, settings } = taskPod;
  const place = places.take(pod.name);
  const over = new AbortController();
  const onProblem = (problem: string) => log(`warning: ${problem}`);
  const logs = recordLogs({
    engine,
    clock,
    pod: pod.name,
    directory: place.logs,
    ...(place.title === undefined ? {} : { title: place.title }),
    settings: settings.log,
    out,
    err,
    names: pod.containers.flatMap(({ name, replicas }) =>
      Array.from({ length: replicas }, (_, index) => `${name}-${index + 1}`)
    ),
    onProblem,
    signal: over.signal,
  });
  const record = new PodRecordWriter({ ...options, fileName: place.recordName, onProblem });
  return {
    follow: (containers) => containers.forEach(({ id, name }) => logs.begin(id, name)),
    record: (status, ending) => record.write(status, ending),
    finish: async (longest) => {
      await Promise.all([logs.finish(longest), record.finish()]);
      over.abort();
      place.release();
    },
  };
}
