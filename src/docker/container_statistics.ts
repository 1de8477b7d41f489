import { type Connection, segment } from "./connection.ts";
import { type JsonObject, objectOf } from "./json.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * What the engine counts for a container now, in the engine's own words; null when it is gone.
 *
 * @throws {EngineError}
 */
export async function containerStatistics(
  connection: Connection,
  id: string,
  signal?: AbortSignal,
): Promise<JsonObject | null> {
  const answer = await connection.request({
    method: "GET",
    path: `/containers/${segment(id)}/stats`,
    // One look, and not two with a second between them, from which a client makes a rate.
    query: { stream: false, "one-shot": true },
    call: `ask what container ${id.slice(0, 12)} uses`,
    bound: TimeBounds.read,
    accept: [404],
    signal,
  });
  return answer.status === 404 ? null : objectOf(answer.body);
}
