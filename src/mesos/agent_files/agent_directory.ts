import { isObject, listOf, numberOf, objectOf, textOf } from "../../docker/json.ts";
import { ExitCode, MesoletError } from "../../pod/errors.ts";
import type { MasterLocator } from "../detector/master_locator.ts";
import { bounded } from "../../supervisor/bounded.ts";
import { untilAborted } from "../../supervisor/until_aborted.ts";
import { type AgentDoor, type DoorAccess, type DoorAddress, DoorRefusal, openDoor } from "./agent_door.ts";

/** Where agents are, by their ids. */
export interface AgentDirectory {
  /**
   * The door of an agent.
   *
   * @throws {MesoletError} the master cannot be asked, or does not know it
   */
  find(agentId: string, signal: AbortSignal): Promise<AgentDoor>;
}

/** So long the master may take, in milliseconds: there may be none just now. */
const askBound = 20_000;
/** How many masters may name each other. */
const longestWay = 3;
/** What a master said of all agents is believed for so long, in milliseconds; of one that it did not know, shorter. */
const knownFor = 60_000;
const unknownFor = 5_000;

/** Asks the leading master where agents are, and remembers all that it tells of for a while. */
export function agentDirectory(
  locator: Pick<MasterLocator, "find">,
  access: DoorAccess,
): AgentDirectory {
  let known: ReadonlyMap<string, DoorAddress> = new Map();
  let asked: { readonly at: number; readonly done: Promise<void> } | undefined;
  const { clock } = access;
  return {
    async find(agentId, signal) {
      const age = asked === undefined ? Infinity : clock.elapsed() - asked.at;
      if (age > (known.has(agentId) ? knownFor : unknownFor)) {
        // Others may wait for it as well: it does not end with whoever asked first.
        const done = bounded(
          "ask the master for its agents",
          askBound,
          { clock, signal: new AbortController().signal },
          (bound) => askMaster(locator, access, bound),
        ).then((agents) => {
          known = agents;
        });
        asked = { at: clock.elapsed(), done };
        done.catch(() => asked = undefined);
      }
      if (asked !== undefined) await untilAborted(asked.done, signal);
      const address = known.get(agentId);
      if (address === undefined) {
        throw new MesoletError(`the master knows no agent ${agentId} any more`, ExitCode.unavailable);
      }
      return openDoor(address, access);
    },
  };
}

async function askMaster(
  locator: Pick<MasterLocator, "find">,
  access: DoorAccess,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DoorAddress>> {
  let master: DoorAddress = await locator.find(signal, () => {});
  for (let steps = 0;; steps++) {
    try {
      return agentsIn(await openDoor(master, access).get("/slaves", signal));
    } catch (error) {
      const next = error instanceof DoorRefusal ? leaderIn(error.location) : undefined;
      if (next === undefined || steps >= longestWay) throw error;
      master = next;
    }
  }
}

/** `/slaves` of a master: `pid` is `slave(1)@IP:PORT`. */
export function agentsIn(answer: unknown): ReadonlyMap<string, DoorAddress> {
  const agents = new Map<string, DoorAddress>();
  if (!isObject(answer)) return agents;
  for (const entry of listOf(answer["slaves"]).map(objectOf)) {
    const address = textOf(entry["pid"]).split("@").at(-1) ?? "";
    const [, ipv6, name, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? [];
    const hostname = ipv6 ?? name ?? textOf(entry["hostname"]);
    const number = Number(port) || numberOf(entry["port"]);
    if (hostname !== "" && number > 0) agents.set(textOf(entry["id"]), { hostname, port: number });
  }
  return agents;
}

/** The server in `//host:port/slaves`. */
function leaderIn(location: string | undefined): DoorAddress | undefined {
  const [, ipv6, name, port] = /^(?:https?:)?\/\/(?:\[([^\]]+)\]|([^:/]+))(?::(\d{1,5}))?(?:\/|$)/
    .exec(location ?? "") ?? [];
  const hostname = ipv6 ?? name;
  return hostname === undefined ? undefined : { hostname, port: Number(port ?? 5050) };
}
