/**
 * The messages of the Mesos v1 API as this program sees them, whichever encoding they came in.
 *
 * Members have the names of the wire (snake_case, as in the JSON of Mesos), so that a message reads as in the
 * documentation and recordings of Mesos. Bytes are `Uint8Array`. 64-bit integers are numbers: beyond 2^53 they are
 * rounded, which only the nanoseconds of maintenance windows reach. Enums are unions of their names; a value that
 * this program does not know is absent. A repeated member without elements is absent when decoded, so it is optional
 * everywhere. A nested message `A.B` is called `AB`; those of the executor's and the scheduler's files begin with
 * `Executor` and `Scheduler`.
 */

export type * from "./messages_basics.ts";
export type * from "./messages_resources.ts";
export type * from "./messages_container.ts";
export type * from "./messages_linux.ts";
export type * from "./messages_task.ts";
export type * from "./messages_cluster.ts";
export type * from "./messages_executor.ts";
export type * from "./messages_scheduler.ts";
