/** A pod as the TaskInfo that our framework launches. */

import { type ExecutorProgram, taskBuilder } from "../mesos/framework/task/task_of_wish.ts";
import { standInPlace } from "../mesos/framework/offline/stand_in_place.ts";
import { encodeExecutorEvent } from "../mesos/wire/codec.ts";
import { SpecError } from "../pod/errors.ts";
import { isObject } from "../pod/json.ts";
import { type Conversion, type ConversionSource, Report } from "./conversion.ts";
import {
  allNetworkFields,
  allServiceFields,
  allVolumeFields,
  reportLost,
  type TargetFields,
} from "./field_support.ts";
import { noteSecrets, travellingWish } from "./travelling_wish.ts";

/** What a task has to be told. */
export interface TaskChoices {
  readonly program: ExecutorProgram;
  /** The id of the agent; absent: `AGENT`. */
  readonly agent?: string;
}

/** One task is one instance, at one place: what says where and how often has no field in it. */
export const taskFields: TargetFields = {
  target: "a single task",
  services: allServiceFields,
  volumes: allVolumeFields,
  networks: allNetworkFields,
  "x-pod": {
    name: "expressed",
    network: "expressed",
    resources: "expressed",
    essential: "expressed",
    hooks: "expressed",
    pin: "expressed",
    docker_registry: "expressed",
    preload: "expressed",
    http_lifecycle: "expressed",
    ports: "expressed",
    uris: "expressed",
    roles: "expressed",
  },
};

/**
 * Makes the task, checked against the definitions of Mesos. Ports that the spec does not fix, and the ids, stand for
 * those that an offer has.
 *
 * @throws {SpecError} where the spec cannot travel
 */
export function toTaskInfo(source: ConversionSource, { program, agent = "AGENT" }: TaskChoices): Conversion {
  const report = new Report();
  reportLost(source.project, taskFields, report);
  const { wish } = travellingWish(source, report);
  noteSecrets(source, report);
  const place = standInPlace(wish, agent);
  if (wish.task.group !== undefined) {
    const message = "makes a group of tasks of the pod, and no single one: launch it by the framework";
    throw new SpecError([{ severity: "error", path: "x-pod.containerizer", message }]);
  }
  const task = taskBuilder({ program })(wish, place);
  const event = encodeExecutorEvent({ type: "LAUNCH", launch: { task } }, "application/json");
  const message: unknown = JSON.parse(new TextDecoder().decode(event));
  const launch = isObject(message) ? message["launch"] : undefined;
  const json = isObject(launch) ? launch["task"] : undefined;
  return report.conversion(`${JSON.stringify(json, null, 2)}\n`);
}
