/// <reference types="../../../../types/node/sqlite.d.ts" />
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ExitCode, MesoletError, messageOf } from "../../../pod/errors.ts";
import type { FrameworkInfo } from "../../wire/messages.ts";
import type { PodRecord, StoreChange, Stored, TaskRecord } from "../cluster/records.ts";
import type { Store, StoredDigests } from "./store.ts";

/** Written into every file; a newer program may write a greater one. */
const schemaVersion = 1;

const schema = `
  create table fact (name text primary key, value text not null) strict, without rowid;
  create table task (id text primary key, record text not null) strict, without rowid;
  create table pod (name text primary key, record text not null) strict, without rowid;
`;

/** A store that cannot be used. */
export class StoreError extends MesoletError {
  override readonly name = "StoreError";
}

/** What opening a store came to. */
export interface OpenedStore {
  readonly store: Store;
  /** The file was damaged and has been put aside, under this path. */
  readonly setAside?: string;
}

/**
 * Opens the store in a file, or makes it. A file that is damaged is put aside, so that what runs can be learnt from the
 * master.
 *
 * @param path absolute; its directory is made when it is not there
 * @throws {StoreError} where the file cannot be used, is in use by another process, or was written by a newer program
 */
export async function openSqliteStore(path: string): Promise<OpenedStore> {
  const { DatabaseSync } = await import("node:sqlite");
  const open = () => {
    const store = new SqliteStore(openDatabase(DatabaseSync, path), path);
    try {
      // What cannot be read is found now, and not when it is needed.
      store.readAhead();
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  };
  try {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")) || "/", { recursive: true, mode: 0o700 });
    return { store: open() };
  } catch (error) {
    if (!isDamaged(error)) throw asStoreError(error, path);
    const setAside = await putAside(path);
    return { store: open(), setAside };
  }
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #statements: Record<"putTask" | "removeTask" | "putPod" | "removePod" | "putFact", StatementSync>;
  #facts: Map<string, string>;
  #outlivesPower = true;
  /** What is stored, until it is asked for or something else is. */
  #ahead: Stored | undefined;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    try {
      this.#facts = this.#readFacts();
      this.#statements = {
        putTask: database.prepare("insert or replace into task values (?, ?)"),
        removeTask: database.prepare("delete from task where id = ?"),
        putPod: database.prepare("insert or replace into pod values (?, ?)"),
        removePod: database.prepare("delete from pod where name = ?"),
        putFact: database.prepare("insert or replace into fact values (?, ?)"),
      };
    } catch (error) {
      database.close();
      throw isDamaged(error) ? error : asStoreError(error, path);
    }
  }

  get frameworkId(): string | undefined {
    return this.#facts.get("framework");
  }

  get term(): string | undefined {
    return this.#facts.get("term");
  }

  get info(): FrameworkInfo | undefined {
    const text = this.#facts.get("info");
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Reads all for whoever asks first. */
  readAhead(): void {
    this.#ahead = this.read();
  }

  read(): Stored {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead !== undefined) return ahead;
    const all = <Row>(table: "task" | "pod") =>
      this.#database.prepare(`select record from ${table}`).all()
        .map(({ record }) => JSON.parse(String(record)) as Row);
    return {
      isWhole: this.#facts.get("whole") === "yes",
      tasks: all<TaskRecord>("task"),
      pods: all<PodRecord>("pod"),
    };
  }

  write(changes: readonly StoreChange[]): void {
    this.#outlivePower(!changes.every(isReport));
    this.#together(() => {
      for (const change of changes) this.#write(change);
    });
  }

  setFramework(id: string): void {
    if (this.frameworkId === id) return;
    this.#outlivePower(true);
    this.#together(() => {
      this.#setFact("framework", id);
      this.#setFact("whole", "no");
    });
  }

  setInfo(info: FrameworkInfo): void {
    const text = JSON.stringify(info);
    if (text !== this.#facts.get("info")) this.#together(() => this.#setFact("info", text));
  }

  setTerm(term: string): void {
    this.#together(() => this.#setFact("term", term));
  }

  digestsOf(pod: string): StoredDigests | undefined {
    const text = this.#facts.get(digestsFact(pod));
    return text === undefined ? undefined : JSON.parse(text);
  }

  setDigests(pod: string, digests: StoredDigests | undefined): void {
    const name = digestsFact(pod);
    this.#together(() => {
      if (digests !== undefined) return this.#setFact(name, JSON.stringify(digests));
      this.#database.prepare("delete from fact where name = ?").run(name);
      this.#facts.delete(name);
    });
  }

  inherit(id: string): void {
    this.#together(() => {
      this.#empty();
      this.#setFact("framework", id);
      this.#setFact("whole", "no");
    });
  }

  forget(): void {
    this.#together(() => this.#empty());
  }

  close(): void {
    this.#database.close();
  }

  #write(change: StoreChange): void {
    const { putTask, removeTask, putPod, removePod } = this.#statements;
    switch (change.kind) {
      case "put-task":
        putTask.run(change.task.id, JSON.stringify(change.task));
        return;
      case "remove-task":
        removeTask.run(change.id);
        return;
      case "put-pod":
        putPod.run(change.pod.name, JSON.stringify(change.pod));
        return;
      case "remove-pod":
        removePod.run(change.name);
        return;
      case "whole":
        this.#setFact("whole", "yes");
    }
  }

  #empty(): void {
    this.#database.exec("delete from task; delete from pod; delete from fact where name <> 'version'");
    this.#facts = this.#readFacts();
  }

  #setFact(name: string, value: string): void {
    this.#statements.putFact.run(name, value);
    this.#facts.set(name, value);
  }

  #readFacts(): Map<string, string> {
    const rows = this.#database.prepare("select name, value from fact").all();
    return new Map(rows.map(({ name, value }) => [String(name), String(value)]));
  }

  /**
   * Whether what is written from now on is to outlive the power, for which the disk is waited for. What came before in
   * the log of the database does so as well from then on.
   */
  #outlivePower(outlives: boolean): void {
    if (this.#outlivesPower === outlives) return;
    this.#database.exec(`pragma synchronous = ${outlives ? "full" : "normal"}`);
    this.#outlivesPower = outlives;
  }

  #together(work: () => void): void {
    const facts = new Map(this.#facts);
    this.#ahead = undefined;
    try {
      this.#database.exec("begin immediate");
      work();
      this.#database.exec("commit");
    } catch (error) {
      this.#facts = facts;
      // On a full disk the database has done so by itself.
      if (this.#database.isTransaction) this.#database.exec("rollback");
      if (!isOfDatabase(error)) throw error;
      throw new StoreError(
        `Cannot write the state to ${this.#path}, without which nothing may be launched: ${messageOf(error)}`,
        ExitCode.io,
        { cause: error },
      );
    }
  }
}

/** No other fact has a blank in its name. */
function digestsFact(pod: string): string {
  return `digests ${pod}`;
}

function openDatabase(Database: typeof DatabaseSync, path: string): DatabaseSync {
  const database = new Database(path);
  try {
    // Only one process may have it; what is committed outlives the power.
    database.exec("pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full");
    const version = Number(database.prepare("pragma user_version").get()?.["user_version"] ?? 0);
    if (version > schemaVersion) {
      throw new StoreError(
        `${path} was written by a newer version of mesolet: use that one, or name another file by --state`,
        ExitCode.data,
      );
    }
    if (version === 0) database.exec(`begin; ${schema} pragma user_version = ${schemaVersion}; commit`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isOfDatabase(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

/**
 * What the master said of a task that is known. It outlives the process like all the rest; should the power take the last
 * of it, the master says it again.
 */
function isReport(change: StoreChange): boolean {
  return change.kind === "remove-task" || (change.kind === "put-task" && change.task.phase === "launched");
}

/** Whether a file is no database, or one that is not whole. */
function isDamaged(error: unknown): boolean {
  return error instanceof Error &&
    /malformed|not a database|SyntaxError|JSON/i.test(`${error.name} ${error.message}`);
}

function asStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const isInUse = /locked|busy/i.test(messageOf(error));
  return isInUse
    ? new StoreError(
      `${path} is in use: another operator of this framework runs on this host`,
      ExitCode.temporary,
      { cause: error },
    )
    : new StoreError(`Cannot open ${path}: ${messageOf(error)}`, ExitCode.io, { cause: error });
}

async function putAside(path: string): Promise<string> {
  const aside = `${path}.damaged`;
  for (const end of ["-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
  await Deno.rename(path, aside);
  return aside;
}
