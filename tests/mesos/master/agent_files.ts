import { isObject } from "../agent/read_call.ts";
import type { NestedSessions } from "./nested_sessions.ts";

/** Reads are cut off at sixteen pages. */
const longestRead = 16 * 4_096;

/** What an agent's door needs to know. */
export interface AgentFilesSite {
  /** The agent's work directory: nothing outside of it is shown. */
  readonly root: string;
  /** `/state`, made when it is asked for. */
  state(): Promise<unknown>;
  /** The sandbox of the last run of an executor, which is shown under a path of its own as well. */
  latestRun(frameworkId: string, executorId: string): Promise<string | undefined>;
  /** Sessions in containers below those of executors. */
  readonly sessions?: NestedSessions;
}

/** Answers what operators ask of an agent: its state, and the files of its sandboxes. */
export async function answerAgent(request: Request, site: AgentFilesSite): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.replace(/^\/slave\(1\)/, "");
  switch (path) {
    case "/health":
      return new Response("");
    case "/state":
      return json(await site.state());
    case "/files/browse":
      return await browse(url.searchParams.get("path"), site);
    case "/files/read":
      return await read(url.searchParams, site);
    case "/files/download":
      return await download(url.searchParams.get("path"), site);
    case "/api/v1":
      return await answerCall(request, site);
    default:
      return words(404, "404 Not Found.");
  }
}

async function browse(path: string | null, site: AgentFilesSite): Promise<Response> {
  if (path === null) return words(400, "Expecting 'path=value' in query.\n");
  const place = await resolve(path, site);
  if (place === undefined) return words(404, "404 Not Found.");
  return json((await list(place, path)).map(({ mtime, mode, isDirectory, ...file }) => ({
    ...file,
    mtime: Math.floor(mtime / 1_000),
    mode: (isDirectory ? "d" : "-") + permissions(mode),
  })));
}

async function read(query: URLSearchParams, site: AgentFilesSite): Promise<Response> {
  const path = query.get("path");
  if (path === null) return words(400, "Expecting 'path=value' in query.\n");
  const offset = Number(query.get("offset") ?? "-1");
  const length = Number(query.get("length") ?? "-1");
  if (!Number.isInteger(offset)) {
    return words(400, `Failed to parse offset: Failed to convert '${query.get("offset")}' to number.\n`);
  }
  if (offset < -1) return words(400, `Negative offset provided: ${offset}.\n`);
  if (length < -1) return words(400, `Negative length provided: ${length}.\n`);
  const place = await resolve(path, site);
  if (place === undefined) return words(404, "404 Not Found.");
  if ((await Deno.stat(place)).isDirectory) return words(400, "Cannot read a directory.\n");
  const { size, data } = await part(place, Math.max(0, offset), offset === -1 ? 0 : length);
  // In JSON bytes that are no UTF-8 are lost, as on a real agent.
  return json({ data: new TextDecoder().decode(data), offset: offset === -1 ? size : offset });
}

async function download(path: string | null, site: AgentFilesSite): Promise<Response> {
  if (path === null) return words(400, "Expecting 'path=value' in query.\n");
  const place = await resolve(path, site);
  if (place === undefined) return words(404, "404 Not Found.");
  if ((await Deno.stat(place)).isDirectory) return words(400, "Cannot download a directory.\n");
  const headers = { "Content-Type": "application/octet-stream" };
  return new Response(await Deno.readFile(place), { headers });
}

/** LIST_FILES and READ_FILE of the API v1. */
async function answerCall(request: Request, site: AgentFilesSite): Promise<Response> {
  if (request.headers.get("content-type") === "application/recordio") {
    return await site.sessions?.attachInput(request) ?? words(501, "501 Not Implemented.");
  }
  const call: unknown = await request.json().catch(() => undefined);
  const answer = await site.sessions?.answer(request.headers, call);
  if (answer !== undefined) return answer;
  if (!isObject(call)) return words(400, "Failed to parse body into JSON");
  const member = call[String(call.type).toLowerCase()];
  const path = isObject(member) ? String(member.path) : "";
  if (call.type !== "LIST_FILES" && call.type !== "READ_FILE") return words(501, "501 Not Implemented.");
  const place = await resolve(path, site);
  if (place === undefined) return words(404, "404 Not Found.");
  if (call.type === "READ_FILE") {
    const { offset = 0, length = -1 } = isObject(member) ? member : {};
    const { size, data } = await part(place, Number(offset), Number(length));
    return json({ type: "READ_FILE", read_file: { size, data: data.toBase64() } });
  }
  const file_infos = (await list(place, path)).map(({ mtime, isDirectory, mode, ...file }) => ({
    ...file,
    mode: (isDirectory ? 0o040000 : 0o100000) | (mode & 0o777),
    mtime: { nanoseconds: mtime * 1e6 },
  }));
  return json({ type: "LIST_FILES", list_files: { file_infos } });
}

/** The place of a path on the machine; undefined where there is nothing, or nothing to be shown. */
async function resolve(path: string, site: AgentFilesSite): Promise<string | undefined> {
  const { root } = site;
  // The paths that an agent attaches besides those of its disk (Mesos, `slave/paths.cpp`: getExecutorVirtualPath).
  const [, framework = "", executor = "", rest = ""] =
    /^\/frameworks\/([^/]+)\/executors\/([^/]+)\/runs\/latest(\/.*)?$/.exec(path) ?? [];
  try {
    const latest = framework === "" ? undefined : await site.latestRun(framework, executor);
    if (framework !== "" && latest === undefined) return undefined;
    const place = await Deno.realPath(latest === undefined ? path : `${latest}${rest}`);
    return place === root || place.startsWith(`${root}/`) ? place : undefined;
  } catch {
    return undefined;
  }
}

async function list(place: string, shown: string) {
  const files = [];
  for await (const { name } of Deno.readDir(place)) {
    const { size, mtime, mode, nlink, isDirectory } = await Deno.stat(`${place}/${name}`);
    files.push({
      path: `${shown.replace(/\/+$/, "")}/${name}`,
      size,
      nlink: nlink ?? 1,
      mtime: mtime?.getTime() ?? 0,
      mode: mode ?? 0,
      uid: "root",
      gid: "root",
      isDirectory,
    });
  }
  return files.sort((one, other) => one.path < other.path ? -1 : 1);
}

async function part(place: string, offset: number, length: number) {
  using file = await Deno.open(place);
  const { size } = await file.stat();
  const wanted = Math.min(length === -1 ? Infinity : length, Math.max(0, size - offset), longestRead);
  const data = new Uint8Array(wanted);
  await file.seek(offset, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < wanted) {
    const count = await file.read(data.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return { size, data: data.subarray(0, filled) };
}

function permissions(mode: number): string {
  return [6, 3, 0].map((shift) => {
    const bits = mode >> shift & 7;
    return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${bits & 1 ? "x" : "-"}`;
  }).join("");
}

function json(content: unknown): Response {
  return Response.json(content, { headers: { "Content-Type": "application/json" } });
}

function words(status: number, text: string): Response {
  return new Response(text, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
