/** What is asked of ZooKeeper, in its wire format (protocol 0, as every server since 3.3 speaks it). */

import { JuteWriter } from "./jute.ts";

/** Numbers of requests. */
export const operations = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getChildren: 8,
  ping: 11,
  auth: 100,
  closeSession: -11,
} as const;

/** Numbers of requests whose answers come out of turn, and of events. */
export const specialNumbers = { event: -1, ping: -2, auth: -4 } as const;

/** What a server knows a session by. */
export interface SessionTicket {
  readonly id: bigint;
  readonly password: Uint8Array;
}

/** Of a session that is yet to be. */
export const noTicket: SessionTicket = { id: 0n, password: new Uint8Array(16) };

const createFlags = { ephemeral: 1, sequential: 2 } as const;
const allRights = 31;
const mayRead = 1;

/**
 * The first message of a connection.
 *
 * @param seen the newest transaction that was seen: a server that is behind it refuses
 * @param timeout of the session, in milliseconds
 */
export function connectRequest(
  seen: bigint,
  timeout: number,
  ticket: SessionTicket,
): Uint8Array<ArrayBuffer> {
  return new JuteWriter().int(0).long(seen).int(timeout).long(ticket.id).buffer(ticket.password).framed();
}

/** A request with its number, and its body if it has one. */
export function request(number: number, operation: number, body?: (writer: JuteWriter) => void) {
  const writer = new JuteWriter().int(number).int(operation);
  body?.(writer);
  return writer.framed();
}

/** @param authority `user:password` */
export function authBody(writer: JuteWriter, authority: string): void {
  writer.int(0).string("digest").string(authority);
}

/** What a new node is to be. */
export interface NewNode {
  /** Goes with the session. */
  readonly ephemeral?: boolean;
  /** Gets ten digits behind its name, more than all before it. */
  readonly sequential?: boolean;
}

/** @param own whether everybody else may only read it */
export function createBody(
  writer: JuteWriter,
  path: string,
  data: Uint8Array,
  node: NewNode,
  own: boolean,
): void {
  writer.string(path).buffer(data);
  if (own) {
    writer.int(2).int(allRights).string("auth").string("");
    writer.int(mayRead).string("world").string("anyone");
  } else writer.int(1).int(allRights).string("world").string("anyone");
  writer.int(
    (node.ephemeral === true ? createFlags.ephemeral : 0) +
      (node.sequential === true ? createFlags.sequential : 0),
  );
}
