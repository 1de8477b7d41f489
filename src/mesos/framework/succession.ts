/** How an instance of a framework goes on where another one, or an earlier life of its own, has ended. */

import type { Leadership } from "../detector/election.ts";
import { ExitCode, MesoletError } from "../../pod/errors.ts";
import type { Store } from "./store/store.ts";

/** What a leader leaves for those to come. */
export interface Legacy {
  readonly frameworkId: string;
  /** Whose store has seen everything since: the one that has this term in it. */
  readonly term: string;
}

/** As it is written down. */
export function formatLegacy({ frameworkId, term }: Legacy): string {
  return `${frameworkId} ${term}`;
}

/** Reads it back; undefined where there is none. */
export function readLegacy(text: string | undefined): Legacy | undefined {
  const [frameworkId = "", term = ""] = text?.trim().split(" ") ?? [];
  return frameworkId === "" ? undefined : { frameworkId, term };
}

/** What a takeover needs. */
export interface Takeover {
  readonly leadership: Leadership;
  readonly store: Store;
  /** Of the new leader; never the same twice. */
  readonly term: string;
  /** Whether instances with other stores may have led before, as with `--elect`. */
  readonly isShared: boolean;
  /** The id that a person gave, for a framework that nothing here knows of. */
  readonly given?: string | undefined;
  /** Where the store is, for messages. */
  readonly path: string;
}

/**
 * Begins a term. A store is believed where the last term was led with it. Otherwise another instance has launched tasks
 * since, or it is an old copy: of the framework only the id is kept then, and the master tells what runs.
 *
 * @returns for people, why the store is not believed; undefined where it is
 * @throws {MesoletError} where the id that a person gave is not the one that is known, or the lead is lost
 */
export async function takeOver(takeover: Takeover): Promise<string | undefined> {
  const { leadership, store, term, given, path } = takeover;
  const legacy = readLegacy(await leadership.readNote());
  const known = legacy?.frameworkId ?? store.frameworkId;
  if (given !== undefined && known !== undefined && given !== known) {
    throw new MesoletError(
      `--framework-id is ${given}, but the state in ${path} is that of ${known}: leave the flag out, or name another ` +
        "file by --state",
      ExitCode.usage,
    );
  }
  const id = known ?? given;
  const why = id === undefined ? undefined : reasonForDoubt(takeover, id, legacy);
  if (id !== undefined && why !== undefined) store.inherit(id);
  // First here: who ends between the two finds that they differ, and asks the master.
  store.setTerm(term);
  if (id !== undefined) await leadership.writeNote(formatLegacy({ frameworkId: id, term }));
  return why;
}

function reasonForDoubt(
  { store, isShared }: Takeover,
  id: string,
  legacy: Legacy | undefined,
): string | undefined {
  if (store.frameworkId === undefined) return `there is no state of framework ${id} here`;
  if (store.frameworkId !== id) return `the state here is that of ${store.frameworkId}, which is not ${id}`;
  if (legacy === undefined && isShared) return "the election does not know yet who has led before";
  if (legacy !== undefined && legacy.term !== store.term) {
    return `the state here is not the last one of framework ${id}`;
  }
  return undefined;
}
