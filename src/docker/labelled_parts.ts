import type { Connection } from "./connection.ts";
import type { LabelledPart } from "./engine.ts";
import { listOf, objectOf, textOf, textsOf } from "./json.ts";
import { listContainers } from "./observe.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * The containers, networks and volumes of pods that carry a label: three list calls.
 *
 * @throws {EngineError}
 */
export async function listLabelledParts(
  connection: Connection,
  label: string,
  signal?: AbortSignal,
): Promise<readonly LabelledPart[]> {
  const filters = JSON.stringify({ label: [label] });
  const list = async (what: "networks" | "volumes") => {
    const answer = await connection.request({
      method: "GET",
      path: `/${what}`,
      query: { filters },
      call: `list the ${what} with the label ${label}`,
      bound: TimeBounds.read,
      signal,
    });
    return listOf(what === "networks" ? answer.body : objectOf(answer.body).Volumes).map(objectOf);
  };
  const [containers, networks, volumes] = await Promise.all([
    listContainers(connection, undefined, signal),
    list("networks"),
    list("volumes"),
  ]);
  const partOf =
    (kind: LabelledPart["kind"]) => (entry: Readonly<Record<string, unknown>>): LabelledPart => ({
      kind,
      name: textOf(entry.Name),
      labels: textsOf(entry.Labels),
    });
  return [
    ...containers.filter(({ labels }) => label in labels)
      .map(({ name, labels }): LabelledPart => ({ kind: "container", name, labels })),
    ...networks.map(partOf("network")),
    ...volumes.map(partOf("volume")),
  ];
}
