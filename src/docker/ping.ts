import type { Connection } from "./connection.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * Asks an engine whether it is there.
 *
 * @returns its newest API version, and the `Server` header, by which Podman is known
 * @throws {EngineError}
 */
export async function ping(
  connection: Connection,
  signal?: AbortSignal,
): Promise<{ readonly apiVersion: string; readonly server: string }> {
  const answer = await connection.request({
    method: "GET",
    path: "/_ping",
    call: "reach the engine",
    bound: TimeBounds.ping,
    signal,
  });
  return { apiVersion: header(answer.headers["api-version"]), server: header(answer.headers["server"]) };
}

function header(value: string | string[] | undefined): string {
  return typeof value === "string" ? value : value?.[0] ?? "";
}
