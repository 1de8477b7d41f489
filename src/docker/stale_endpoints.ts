/** Endpoints that an engine keeps on a network, though their containers are gone. */

import { type Connection, segment } from "./connection.ts";
import { objectOf, textOf } from "./json.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * Takes endpoints off a network whose containers the engine does not have any more. Docker may leave one behind where a
 * container is removed while it is being started, and lets nobody remove the network from then on ("has active
 * endpoints", https://github.com/moby/moby/issues/33156). By the name that the container had: by its id Docker does not
 * find it any more.
 *
 * @param network its id, or its name
 * @returns whether there were any
 */
export async function removeStaleEndpoints(
  network: string,
  connection: Connection,
  signal: AbortSignal,
): Promise<boolean> {
  const { body } = await connection.request({
    method: "GET",
    path: `/networks/${segment(network)}`,
    call: `look for endpoints on network ${network}`,
    bound: TimeBounds.read,
    accept: [404],
    signal,
  });
  let found = false;
  // Under the ids of containers; one that is in no namespace yet, or any more, under one of its own: `ep-ID`.
  for (const [id, endpoint] of Object.entries(objectOf(objectOf(body).Containers))) {
    const name = textOf(objectOf(endpoint).Name);
    if (name === "" || await hasContainer(id) || await hasContainer(name)) continue;
    await connection.request({
      method: "POST",
      path: `/networks/${segment(network)}/disconnect`,
      body: { Container: name, Force: true },
      call: `take what is left of container ${name} off network ${network}`,
      bound: TimeBounds.change,
      // Somebody else was quicker; what cannot be taken off stays.
      accept: [403, 404, 409, 500],
      signal,
    });
    found = true;
  }
  return found;

  async function hasContainer(reference: string): Promise<boolean> {
    const answer = await connection.request({
      method: "GET",
      path: `/containers/${segment(reference)}/json`,
      call: `look for container ${reference}`,
      bound: TimeBounds.read,
      accept: [404],
      signal,
    });
    return answer.status !== 404;
  }
}
