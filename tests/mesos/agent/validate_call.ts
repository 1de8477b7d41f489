import type { ExecutorCall } from "../../../src/mesos/wire/messages.ts";
import { isObject, type Members } from "./read_call.ts";

/** A call that passed, or what Mesos says is wrong with it. */
export type CallValidation = { readonly call: ExecutorCall } | { readonly problem: string };

const bodies: Readonly<Record<string, string>> = {
  SUBSCRIBE: "subscribe",
  UPDATE: "update",
  MESSAGE: "message",
};
const checks: Readonly<Record<string, string>> = { COMMAND: "command", HTTP: "http", TCP: "tcp" };

/** Validates a call as the agent does, in its order and its words. */
export function validateCall(call: Members): CallValidation {
  const problem = problemOf(call);
  if (problem !== undefined) return { problem: `Failed to validate Executor::Call: ${problem}` };
  // Reading has proven the types of all members, and the lines below that those of its type are there.
  return { call: call as unknown as ExecutorCall };
}

function problemOf(call: Members): string | undefined {
  if (typeof call.type !== "string") return "Expecting 'type' to be present";
  const body = bodies[call.type];
  if (body === undefined) return undefined;
  const member = call[body];
  if (!isObject(member)) return `Expecting '${body}' to be present`;
  if (call.type !== "UPDATE" || !isObject(member.status)) return undefined;
  return statusProblem(member.status, idOf(call.executor_id), idOf(call.framework_id));
}

function statusProblem(status: Members, executorId: string, frameworkId: string): string | undefined {
  if (!(status.uuid instanceof Uint8Array)) return "Expecting 'uuid' to be present";
  if (status.uuid.length !== 16) return "Not a valid UUID";
  if (status.executor_id !== undefined && idOf(status.executor_id) !== executorId) {
    return `ExecutorID in Call: ${executorId} does not match ExecutorID in TaskStatus: ${
      idOf(status.executor_id)
    }`;
  }
  const from = `from executor ${executorId} of framework ${frameworkId}`;
  if (status.source !== "SOURCE_EXECUTOR") {
    return `Received Call ${from} with invalid source, expecting 'SOURCE_EXECUTOR'`;
  }
  if (status.state === "TASK_STAGING") return `Received TASK_STAGING ${from} which is not allowed`;
  return isObject(status.check_status) ? checkProblem(status.check_status) : undefined;
}

function checkProblem(check: Members): string | undefined {
  if (typeof check.type !== "string") return "CheckStatusInfo must specify 'type'";
  const member = checks[check.type];
  if (member === undefined) return `'${check.type}' is not a valid check's status type`;
  if (isObject(check[member])) return undefined;
  return `Expecting '${member}' to be set for ${check.type} check's status`;
}

function idOf(id: unknown): string {
  return isObject(id) && typeof id.value === "string" ? id.value : "";
}
