/** What a framework keeps over its own end. */

import type { FrameworkInfo } from "../../wire/messages.ts";
import type { StoreChange, Stored } from "../cluster/records.ts";

/**
 * A store of one framework. All of it is synchronous: what has returned outlives the process, and, but for reports of the
 * master, the power.
 */
export interface Store {
  /** The id that the master gave; absent: none was written yet. */
  readonly frameworkId: string | undefined;
  /** Of the last term in which its framework was led with this store, as {@linkcode Store.setTerm} was told. */
  readonly term: string | undefined;
  /** What was last told to a master of the framework, without its id; absent: nothing so far. */
  readonly info: FrameworkInfo | undefined;
  /** All tasks and pods. */
  read(): Stored;
  /** Writes the changes together, all or none. */
  write(changes: readonly StoreChange[]): void;
  /** Writes the id of the framework. What is in here is whole only after a change that says so. */
  setFramework(id: string): void;
  /** The master has been told this. */
  setInfo(info: FrameworkInfo): void;
  /** A new term begins. */
  setTerm(term: string): void;
  /** What the images of a pod stand for, in the version that it was found out for last. */
  digestsOf(pod: string): StoredDigests | undefined;
  /** undefined: they are forgotten. */
  setDigests(pod: string, digests: StoredDigests | undefined): void;
  /** Goes on with a framework that others have led meanwhile: what is in here is forgotten, all but the id. */
  inherit(id: string): void;
  /** The master has removed the framework: its id, and everything of it, is worth nothing. */
  forget(): void;
  close(): void;
}

/** What the images of one version of a pod stand for. */
export interface StoredDigests {
  readonly version: string;
  /** `IMAGE=DIGEST,…` */
  readonly digests: string;
}
