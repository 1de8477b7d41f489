import { encodeSchedulerEvent, type MediaType } from "../../../src/mesos/wire/codec.ts";
import type { SchedulerEvent } from "../../../src/mesos/wire/messages.ts";
import { encodeRecord } from "../../../src/mesos/wire/recordio.ts";
import { completed } from "../agent/event_record.ts";

/** An event as one record of a stream, with the defaults that the master writes out in JSON. */
export function schedulerRecord(event: SchedulerEvent, media: MediaType): Uint8Array<ArrayBuffer> {
  // The defaults are those of the schema, so the event is as well typed as before.
  const whole = media === "application/json"
    ? completed(event, "mesos.v1.scheduler.Event") as SchedulerEvent
    : event;
  return encodeRecord(encodeSchedulerEvent(whole, media));
}
