import type { EngineFacts } from "./observed.ts";

/** Whether the negotiated API is at least a version such as `1.44`. */
export function apiAtLeast(engine: Pick<EngineFacts, "apiVersion">, version: string): boolean {
  const [haveMajor = 0, haveMinor = 0] = engine.apiVersion.split(".").map(Number);
  const [wantMajor = 0, wantMinor = 0] = version.split(".").map(Number);
  return haveMajor > wantMajor || (haveMajor === wantMajor && haveMinor >= wantMinor);
}
