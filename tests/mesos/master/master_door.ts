import type { MasterCore } from "./master_core.ts";
import type { MasterPhase } from "./master_host.ts";
import { answerOperator } from "./operator_door.ts";
import {
  answerScheduler,
  type DoorSettings,
  type MasterAnswer,
  type MasterRequest,
  text,
} from "./scheduler_door.ts";

/** The master as its door sees it. */
export interface DoorSite {
  readonly phase: MasterPhase;
  readonly core: MasterCore;
  /** `host:port` of the one that leads, where another does. */
  readonly leader?: string;
}

/** Answers a request as the master does, word for word. What an accepted call does is up to the core. */
export function answerMaster(request: MasterRequest, site: DoorSite, settings: DoorSettings): MasterAnswer {
  const { phase, core } = site;
  if (phase === "routing" || phase === "down") return text(404, "404 Not Found.");
  const [path = ""] = request.path.split("?");
  const own = path.replace(/^\/master(?=\/)/, "").replace(/(?<=.)\/+$/, "");
  if (own === "/health") return answerOperator(request, own, core, settings);
  if (phase === "leaderless") return text(503, "No leader elected");
  if (phase === "following") return redirect(request.path, own, site.leader ?? "");
  if (own === "/redirect") {
    return redirect(request.path, own, `${core.state.settings.hostname}:${core.state.settings.port}`);
  }
  if (phase === "recovering") return text(503, "Master has not finished recovery");
  return own === "/api/v1/scheduler"
    ? answerScheduler(request, core, settings)
    : answerOperator(request, own, core, settings);
}

/** To the leader: to the same path, or from `/redirect` to its front page. */
function redirect(path: string, own: string, leader: string): MasterAnswer {
  if (own.startsWith("/redirect/")) return text(404, "404 Not Found.");
  const location = `//${leader}${own === "/redirect" ? "" : path}`;
  return { kind: "text", status: 307, headers: [["Location", location]], text: "" };
}
