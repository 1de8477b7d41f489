import {
  decodeExecutorCall,
  decodeExecutorEvent,
  decodeSchedulerCall,
  decodeSchedulerEvent,
  encodeExecutorCall,
  encodeExecutorEvent,
  encodeSchedulerCall,
  encodeSchedulerEvent,
  type MediaType,
} from "../../../src/mesos/wire/codec.ts";

/** Decoder and encoder of one kind of message, for tests that treat all kinds alike. */
export interface Codec {
  decode(bytes: Uint8Array, media: MediaType): { readonly type: string };
  /** Decodes from one encoding and encodes into another. */
  recode(bytes: Uint8Array, from: MediaType, to: MediaType): Uint8Array;
}

function codec<Message extends { readonly type: string }>(
  decode: (bytes: Uint8Array, media: MediaType) => Message,
  encode: (message: Message, media: MediaType) => Uint8Array,
): Codec {
  return { decode, recode: (bytes, from, to) => encode(decode(bytes, from), to) };
}

/** By the full name of the message. */
export const codecs: Readonly<Record<string, Codec>> = {
  "mesos.v1.executor.Event": codec(decodeExecutorEvent, encodeExecutorEvent),
  "mesos.v1.executor.Call": codec(decodeExecutorCall, encodeExecutorCall),
  "mesos.v1.scheduler.Event": codec(decodeSchedulerEvent, encodeSchedulerEvent),
  "mesos.v1.scheduler.Call": codec(decodeSchedulerCall, encodeSchedulerCall),
};

/** @throws {Error} for a message that has none */
export function codecOf(message: string): Codec {
  const found = codecs[message];
  if (found === undefined) throw new Error(`there is no codec of ${message}`);
  return found;
}
