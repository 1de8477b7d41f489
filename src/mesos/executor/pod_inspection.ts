import type { Clock } from "../../pod/clock.ts";
import { Label } from "../../pod/labels.ts";
import type { PodStatus } from "../../pod/status.ts";
import type { Engine } from "../../docker/engine.ts";
import { bounded } from "../../supervisor/bounded.ts";

/** RUNNING must not be held back for longer, in milliseconds. */
const inspectionBound = 2_000;

/**
 * What `docker inspect` prints of a pod, for `TaskStatus.data` (what Mesos' own docker executor sends there, and
 * Mesos-DNS reads): of its pause container, else of its first essential one. Undefined where the engine does not say in
 * time: it is an extra, the address and the ports are in the status anyway.
 */
export async function inspectPod(
  status: PodStatus,
  tools: {
    readonly engine: Pick<Engine, "listContainers" | "inspectVerbatim">;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<Uint8Array | undefined> {
  const { engine } = tools;
  try {
    return await bounded("inspect the pod", inspectionBound, tools, async (signal) => {
      const listed = await engine.listContainers(status.pod, signal);
      const pause = listed.find(({ labels }) => labels[Label.role] === "pause")?.id;
      const first = status.containers.find(({ essential }) => essential) ?? status.containers[0];
      const id = pause ?? first?.id;
      const inspected = id === undefined ? null : await engine.inspectVerbatim(id, signal);
      if (inspected === null) return undefined;
      return new TextEncoder().encode(JSON.stringify([withoutEnvironment(inspected)]));
    });
  } catch {
    return undefined;
  }
}

/** A container's environment may hold secrets, which are nobody's business in a status. */
function withoutEnvironment(inspected: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { Config: config, ...rest } = inspected;
  if (typeof config !== "object" || config === null) return { ...rest };
  return { ...rest, Config: Object.fromEntries(Object.entries(config).filter(([name]) => name !== "Env")) };
}
