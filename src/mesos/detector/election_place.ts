import type { Clock } from "../../pod/clock.ts";
import { ExitCode, MesoletError } from "../../pod/errors.ts";
import type { Election } from "./election.ts";
import { FileElection } from "./file_election.ts";
import { type HostAndPort, readZookeeper } from "./master_address.ts";

/** Where an election is held, as `--elect` says. */
export type ElectionPlace =
  | { readonly kind: "file"; readonly path: string }
  | {
    readonly kind: "zookeeper";
    readonly servers: readonly HostAndPort[];
    readonly path: string;
    readonly authority?: string;
  };

/**
 * Reads `file:/PATH` or `zk://[USER:PASSWORD@]HOST[:PORT],…/PATH`.
 *
 * @param where what a message names: `--elect`
 * @throws {MesoletError} exit code 64
 */
export function parseElectionPlace(text: string, where: string): ElectionPlace {
  const fail = (why: string): never => {
    // A password does not belong on a terminal, whatever characters it has.
    const shown = text.replace(/^([a-z]+:\/\/)?.*@/i, "$1…@");
    throw new MesoletError(
      `${where} is ${
        JSON.stringify(shown)
      }: ${why}. It has the form zk://HOST:PORT,HOST:PORT/PATH or file:/PATH`,
      ExitCode.usage,
    );
  };
  if (text.startsWith("zk://")) {
    return { kind: "zookeeper", ...readZookeeper(text.slice("zk://".length), fail) };
  }
  const path = /^file:(?:\/\/)?(\/.*[^/])$/.exec(text)?.[1];
  return path === undefined ? fail("that is no place for an election") : { kind: "file", path };
}

/**
 * Makes the election that is held there. What speaks with ZooKeeper is loaded only where it is needed.
 *
 * @param name who this is, for those that wait
 */
export async function openElection(
  place: ElectionPlace,
  { name, clock, random }: { readonly name: string; readonly clock: Clock; readonly random: () => number },
): Promise<Election> {
  if (place.kind === "file") return new FileElection({ path: place.path, name, clock });
  const { ZookeeperElection } = await import("./zookeeper_election.ts");
  const { servers, path, authority } = place;
  return new ZookeeperElection({
    servers,
    path,
    ...(authority === undefined ? {} : { authority }),
    name,
    clock,
    random,
  });
}
