import { isObject } from "../agent/read_call.ts";
import { restOfLine, scanJson } from "../agent/json_scan.ts";
import type { MasterCore } from "./master_core.ts";
import { agentsDocument, frameworksDocument, stateDocument, tasksDocument, version } from "./operator_v0.ts";
import { carryOutOperator } from "./operator_v1.ts";
import {
  authenticated,
  type DoorSettings,
  type MasterAnswer,
  type MasterRequest,
  text,
  wrongMethod,
} from "./scheduler_door.ts";

type PlainAnswer = Extract<MasterAnswer, { readonly kind: "text" }>;

const documents: Readonly<Record<string, (core: MasterCore) => unknown>> = {
  "/state": ({ state }) => stateDocument(state),
  "/slaves": ({ state }) => agentsDocument(state),
  "/frameworks": ({ state }) => frameworksDocument(state),
  "/tasks": ({ state }) => tasksDocument(state),
  "/version": () => version,
};

/** Answers what is asked of operators. @param path without `/master` before it */
export function answerOperator(
  request: MasterRequest,
  path: string,
  core: MasterCore,
  settings: DoorSettings,
): PlainAnswer {
  if (path === "/health") return empty(200);
  const realm = path === "/api/v1" ? "mesos-master-readwrite" : "mesos-master-readonly";
  const shown = authenticated(request, settings, realm);
  if (typeof shown === "object") return shown;
  const make = documents[path];
  if (make !== undefined) return document(make(core));
  if (path !== "/api/v1") return text(404, "404 Not Found.");
  if (request.method !== "POST") return wrongMethod(request.method, ["POST"]);
  const contentType = request.headers.get("content-type");
  if (contentType === undefined) return text(400, "Expecting 'Content-Type' to be present");
  if (contentType !== "application/json") {
    return text(415, "Expecting 'Content-Type' of application/json or application/x-protobuf");
  }
  const body = new TextDecoder().decode(request.body);
  const scan = scanJson(body);
  if (!scan.ok) {
    const line = body.slice(0, scan.at).split("\n").length;
    const near = restOfLine(body, scan.at);
    return text(400, `Failed to parse body into JSON: syntax error at line ${line} near: ${near}`);
  }
  const call: unknown = JSON.parse(body);
  const result = carryOutOperator(isObject(call) ? call : {}, core);
  if (result === "done") return empty(200);
  if ("problem" in result) return text(result.status ?? 400, result.problem);
  return document(result.body);
}

function document(content: unknown): PlainAnswer {
  const body = JSON.stringify(content, bytesAsText);
  return { kind: "text", status: 200, headers: [["Content-Type", "application/json"]], text: body };
}

function empty(status: number): PlainAnswer {
  return { kind: "text", status, headers: [], text: "" };
}

function bytesAsText(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? value.toBase64() : value;
}
