import type { MediaType } from "../../../src/mesos/wire/codec.ts";
import type { SchedulerCall } from "../../../src/mesos/wire/messages.ts";
import { isObject, type Members, readJsonCall, readProtobufCall } from "../agent/read_call.ts";
import type { AgentRequest } from "../agent/answer.ts";
import type { MasterCore } from "./master_core.ts";

/** A request as it came in. */
export type MasterRequest = AgentRequest;

type Headers = readonly (readonly [name: string, value: string])[];

/** What the master answers. A stream's answer goes on with the events of the subscription. */
export type MasterAnswer =
  | {
    readonly kind: "text";
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
    /** The call, where there was one to refuse. */
    readonly call?: SchedulerCall;
  }
  /** 202, or 200 for UPDATE_FRAMEWORK. */
  | { readonly kind: "accepted"; readonly status: 200 | 202; readonly call: SchedulerCall }
  | {
    readonly kind: "stream";
    readonly call: Extract<SchedulerCall, { readonly type: "SUBSCRIBE" }>;
    readonly media: MediaType;
  };

/** Settings of the master's doors. */
export interface DoorSettings {
  /** Secrets by principal; without any, nobody has to show who it is. */
  readonly credentials?: ReadonlyMap<string, string>;
}

const callName = "mesos.v1.scheduler.Call";

/** The member that a call of a type must have. */
const bodies: Readonly<Record<string, string>> = {
  SUBSCRIBE: "subscribe",
  ACCEPT: "accept",
  DECLINE: "decline",
  ACCEPT_INVERSE_OFFERS: "accept_inverse_offers",
  DECLINE_INVERSE_OFFERS: "decline_inverse_offers",
  KILL: "kill",
  SHUTDOWN: "shutdown",
  ACKNOWLEDGE: "acknowledge",
  ACKNOWLEDGE_OPERATION_STATUS: "acknowledge_operation_status",
  RECONCILE: "reconcile",
  RECONCILE_OPERATIONS: "reconcile_operations",
  MESSAGE: "message",
  REQUEST: "request",
  UPDATE_FRAMEWORK: "update_framework",
};

/** Answers a request to `/api/v1/scheduler`, word for word. What an accepted call does is up to the core. */
export function answerScheduler(
  request: MasterRequest,
  core: MasterCore,
  settings: DoorSettings,
): MasterAnswer {
  const shown = authenticated(request, settings, "mesos-master-scheduler");
  if (typeof shown === "object") return shown;
  if (request.method !== "POST") return wrongMethod(request.method, ["POST"]);
  const contentType = request.headers.get("content-type");
  if (contentType === undefined) return text(400, "Expecting 'Content-Type' to be present");
  if (contentType !== "application/json" && contentType !== "application/x-protobuf") {
    return text(415, "Expecting 'Content-Type' of application/json or application/x-protobuf");
  }
  const reading = contentType === "application/json"
    ? readJsonCall(request.body, callName)
    : readProtobufCall(request.body, callName);
  if ("problem" in reading) return text(400, reading.problem);
  const problem = callProblem(reading.call, shown);
  if (problem !== undefined) return text(400, `Failed to validate scheduler::Call: ${problem}`);
  // Reading has proven the types of all members, and callProblem that those of its type are there.
  const call = reading.call as unknown as SchedulerCall;
  const streamId = request.headers.get("mesos-stream-id");
  if (call.type === "SUBSCRIBE") {
    const media = acceptable(request.headers.get("accept"));
    if (media === undefined) {
      return {
        ...text(406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'"),
        call,
      };
    }
    if (streamId !== undefined) {
      return { ...text(400, "Subscribe calls should not include the 'Mesos-Stream-Id' header"), call };
    }
    return { kind: "stream", call, media };
  }
  const refusal = core.refusal(call, streamId, shown);
  if (refusal !== undefined) return { ...text(refusal.status, refusal.text), call };
  return { kind: "accepted", status: call.type === "UPDATE_FRAMEWORK" ? 200 : 202, call };
}

/** What is wrong with a call by itself, in the words of the master. */
export function callProblem(call: Members, principal: string | undefined): string | undefined {
  if (typeof call.type !== "string") return "Expecting 'type' to be present";
  const body = bodies[call.type];
  const member = body === undefined ? undefined : call[body];
  if (call.type === "SUBSCRIBE") {
    if (!isObject(member)) return "Expecting 'subscribe' to be present";
    const info = isObject(member.framework_info) ? member.framework_info : {};
    if (idOf(info.id) !== idOf(call.framework_id)) {
      return "'framework_id' differs from 'subscribe.framework_info.id'";
    }
    if (principal !== undefined && info.principal !== undefined && principal !== info.principal) {
      return `Authenticated principal '${principal}' does not match principal '${info.principal}' set in ` +
        "`FrameworkInfo`";
    }
    return undefined;
  }
  if (!isObject(call.framework_id)) return "Expecting 'framework_id' to be present";
  if (body === undefined) return undefined;
  if (!isObject(member)) return `Expecting '${body}' to be present`;
  const withUuid = call.type === "ACKNOWLEDGE" || call.type === "ACKNOWLEDGE_OPERATION_STATUS";
  if (withUuid && (!(member.uuid instanceof Uint8Array) || member.uuid.length !== 16)) {
    return "Not a valid UUID";
  }
  if (call.type === "ACKNOWLEDGE_OPERATION_STATUS" && !isObject(member.agent_id)) {
    return "Expecting 'agent_id' to be present";
  }
  if (call.type === "UPDATE_FRAMEWORK") {
    const info = isObject(member.framework_info) ? member.framework_info : {};
    if (idOf(info.id) !== idOf(call.framework_id)) {
      return "'framework_id' differs from 'update_framework.framework_info.id'";
    }
  }
  return undefined;
}

/** Who asks, undefined where the master does not want to know, or the refusal. */
export function authenticated(
  request: MasterRequest,
  { credentials }: DoorSettings,
  realm: string,
): string | undefined | Extract<MasterAnswer, { readonly kind: "text" }> {
  if (credentials === undefined) return undefined;
  const given = /^Basic (.*)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  for (const [principal, secret] of credentials) {
    if (new TextEncoder().encode(`${principal}:${secret}`).toBase64() === given) return principal;
  }
  return text(401, "401 Unauthorized.", [["WWW-Authenticate", `Basic realm="${realm}"`]]);
}

/** JSON whenever it is allowed: qualities are not weighed, except that 0 forbids. */
export function acceptable(accept: string | undefined): MediaType | undefined {
  const allowed = (accept ?? "*/*").replace(/[ \t\n]/g, "").toLowerCase().split(",")
    .filter((type) => !/;q=0(\.0*)?$/.test(type))
    .map((type) => type.split(";")[0]);
  const media: readonly MediaType[] = ["application/json", "application/x-protobuf"];
  return media.find((type) => [type, "application/*", "*/*"].some((one) => allowed.includes(one)));
}

export function wrongMethod(method: string, allowed: readonly string[]) {
  const list = allowed.map((one) => `'${one}'`).join(", ");
  const words = `405 Method Not Allowed. Expecting one of { ${list} }, but received '${method}'.`;
  return text(405, words, [["Allow", allowed.join(", ")]]);
}

/** An answer in plain text. */
export function text(status: number, words: string, headers: Headers = []) {
  const type = [["Content-Type", "text/plain; charset=utf-8"]] as const;
  return { kind: "text", status, headers: [...headers, ...type], text: words } as const;
}

function idOf(id: unknown): string {
  return isObject(id) && typeof id.value === "string" ? id.value : "";
}
