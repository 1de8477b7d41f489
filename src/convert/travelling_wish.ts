/** A spec that travels in a task of Mesos, whoever launches it. */

import { travellingSpec } from "../compose/travelling_spec.ts";
import type { PodWish } from "../mesos/framework/wish/pod_wish.ts";
import { wishOfPod } from "../mesos/framework/wish/wish_of_pod.ts";
import { executorShare } from "../mesos/framework/wish/executor_share.ts";
import { SpecError } from "../pod/errors.ts";
import type { ConversionSource, Report } from "./conversion.ts";

/** What a task of the pod is made of. */
export interface TravellingWish {
  readonly wish: PodWish;
  /** In CPUs and MiB, without the executor's own. */
  readonly own: {
    readonly cpus: number;
    readonly memory: number;
    readonly disk: number;
    readonly gpus: number;
  };
}

/**
 * The wish of a source; what of the spec does not travel as it stands is among the report's losses.
 *
 * @throws {SpecError} where the spec cannot travel at all
 */
export function travellingWish(source: ConversionSource, report: Report): TravellingWish {
  const { project, pod, offeredPorts, readFile, outside } = source;
  const travelling = travellingSpec(project, {
    readFile,
    hasUris: (pod.cluster?.uris ?? []).length > 0,
    outside,
  });
  const { wish, problems } = wishOfPod({
    pod,
    origin: { directory: project.workingDirectory, files: pod.source.files },
    travelling,
    offeredPorts,
    roles: pod.cluster?.roles ?? ["*"],
  });
  if (wish === undefined) throw new SpecError(problems);
  const ofJourney = new Set(travelling.problems);
  report.takeLosses(travelling.problems);
  report.takeNotes(problems.filter((problem) => !ofJourney.has(problem)));
  const { cpus, memory, disk, gpus } = wish.needs;
  return {
    wish,
    own: {
      cpus: (cpus - executorShare.cpus) / 1000,
      memory: (memory - executorShare.memory) / 1000,
      disk: disk / 1000,
      gpus: gpus / 1000,
    },
  };
}

/** Warns of values that the text holds in a form that is not read at a glance. */
export function noteSecrets({ project }: ConversionSource, report: Report): void {
  const names = Object.keys(project.secrets);
  if (names.length > 0) {
    report.note(
      `secrets.${names[0]}`,
      "is in the text, as all secrets, packed but not encrypted: keep it safe",
    );
  } else if (Object.values(project.services).some(({ environment }) => environment !== undefined)) {
    report.note("", "the values of environment variables are in the text, packed but not encrypted");
  }
}
