/** An instance that takes too long to get ready, or was well and is not any more. */

import { formatDuration } from "../../../compose/units.ts";
import { readyWithinOf, type UpdatePolicy } from "../../../pod/cluster.ts";
import type { TaskRecord } from "./records.ts";

/** Milliseconds since 1970: an instance that is not ready then is late. One that did well has all the time once more. */
export function lateAt({ intendedAt, fellAt }: TaskRecord, update: UpdatePolicy): number {
  return (fellAt ?? intendedAt) + readyWithinOf(update);
}

/** What is to be told of an instance that is late. */
export function wordsOfLate({ fellAt }: TaskRecord, update: UpdatePolicy): string {
  const time = formatDuration(readyWithinOf(update) * 1e6).replace(/(?<=[hm])0s$/, "").replace(
    /(?<=h)0m$/,
    "",
  );
  return fellAt === undefined ? `was not ready within ${time} of its launch` : `was not ready for ${time}`;
}
