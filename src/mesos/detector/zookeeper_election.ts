import type { Clock } from "../../pod/clock.ts";
import { ExitCode, MesoletError, messageOf } from "../../pod/errors.ts";
import { untilAborted } from "../../supervisor/until_aborted.ts";
import type { Election, Leadership } from "./election.ts";
import type { HostAndPort } from "./master_address.ts";
import { isProblem, ZookeeperError } from "./zookeeper/zookeeper_error.ts";
import { ZookeeperSession } from "./zookeeper/zookeeper_session.ts";

/** How an election by ZooKeeper is held. */
export interface ZookeeperElectionOptions {
  readonly servers: readonly HostAndPort[];
  /** Absolute, without a slash at its end; made when it is missing. It has candidates, and the framework's id. */
  readonly path: string;
  /** `user:password`, for the digest scheme. */
  readonly authority?: string;
  /** Who this is, for those that wait: `host-a, process 12`. */
  readonly name: string;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** After how long a leader that is silent is succeeded; milliseconds. */
  readonly timeout?: number;
}

/** Pause after ZooKeeper refused something, in milliseconds: it is for people to mend. */
const refusalPause = 5_000;

const nothing = new Uint8Array();

/**
 * An election by ZooKeeper. Candidates have a node each that goes with their session, and the one with the lowest
 * number leads. Each other one watches the one before it alone, so that an end wakes one and not all.
 */
export class ZookeeperElection implements Election {
  readonly #options: ZookeeperElectionOptions;

  constructor(options: ZookeeperElectionOptions) {
    this.#options = options;
  }

  async campaign(signal: AbortSignal, onWait: (reason: string) => void): Promise<Leadership> {
    const { servers, authority, clock, random, timeout } = this.#options;
    let told: string | undefined;
    let leads = false;
    const tell = (reason: string) => {
      if (!leads && told !== reason) onWait(reason);
      told = reason;
    };
    for (;;) {
      signal.throwIfAborted();
      const session = new ZookeeperSession({
        servers,
        clock,
        random,
        onTrouble: tell,
        ...(authority === undefined ? {} : { authority }),
        ...(timeout === undefined ? {} : { timeout }),
      });
      try {
        const leadership = await untilAborted(this.#stand(session, tell), signal);
        leads = true;
        return leadership;
      } catch (error) {
        await session.close();
        signal.throwIfAborted();
        if (!(error instanceof MesoletError)) throw error;
        if (isProblem(error, "session-over")) continue;
        tell(error.message);
        await clock.sleep(refusalPause, signal);
      }
    }
  }

  /** Waits in one session until this candidate leads. */
  async #stand(session: ZookeeperSession, tell: (reason: string) => void): Promise<Leadership> {
    const { path } = this.#options;
    await insistently(session, () => makeParents(session, path));
    const own = await this.#enter(session);
    for (;;) {
      const changed = Promise.withResolvers<void>();
      const before = await insistently(session, async () => {
        const candidates = await listCandidates(session, path);
        const index = candidates.indexOf(own);
        if (index < 0) throw new ZookeeperError("session-over", `Somebody has deleted ${path}/${own}`);
        if (index === 0) return undefined;
        const [leader] = candidates;
        const content = await session.read(`${path}/${leader}`).catch(goneAsUndefined);
        const isThere = await session.exists(`${path}/${candidates[index - 1]}`, changed.resolve);
        return { isThere, leader: content === undefined ? "" : readable(content.data) };
      });
      if (before === undefined) return new ZookeeperLeadership(session, path, own);
      if (before.isThere) {
        tell(
          `another instance leads: ${before.leader === "" ? `it is in ${path} of ZooKeeper` : before.leader}`,
        );
        await changed.promise;
      }
      // A session that is over calls all watches.
      session.ended.throwIfAborted();
    }
  }

  /** Makes the node of this candidate. @returns its name */
  async #enter(session: ZookeeperSession): Promise<string> {
    const { path, name } = this.#options;
    // Whether it was made is not known after a broken connection: it is recognised by this.
    const prefix = `candidate-${crypto.randomUUID()}-`;
    return await insistently(session, async () => {
      const made = (await session.children(path)).find((child) => child.startsWith(prefix));
      if (made !== undefined) return made;
      const data = new TextEncoder().encode(name);
      const full = await session.create(`${path}/${prefix}`, data, { ephemeral: true, sequential: true });
      return full.slice(path.length + 1);
    });
  }
}

class ZookeeperLeadership implements Leadership {
  readonly #session: ZookeeperSession;
  readonly #path: string;
  readonly #own: string;
  readonly #lost = new AbortController();
  readonly #guarding: Promise<void>;
  /** Of the framework's id, as it was seen: who finds another one has been succeeded. */
  #version: number | undefined;

  constructor(session: ZookeeperSession, path: string, own: string) {
    this.#session = session;
    this.#path = path;
    this.#own = own;
    const end = () => this.#end(messageOf(session.ended.reason));
    session.ended.addEventListener("abort", end, { once: true });
    if (session.ended.aborted) end();
    this.#guarding = this.#guard();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async readNote(): Promise<string | undefined> {
    return await insistently(this.#session, async () => {
      const content = await this.#session.read(this.#idPath).catch(goneAsUndefined);
      this.#version = content?.version;
      const text = content === undefined ? "" : new TextDecoder().decode(content.data);
      return text === "" ? undefined : text;
    });
  }

  async writeNote(id: string | undefined): Promise<void> {
    // Reads the version where that was not done, and whether a write whose answer was lost has been carried out.
    for (;;) {
      this.lost.throwIfAborted();
      const known = this.#version;
      const present = await this.readNote();
      if (known !== undefined && this.#version !== known && present !== id) {
        throw new ZookeeperError("bad-version", `Another instance has written ${this.#idPath}`);
      }
      if (present === id) return;
      const data = new TextEncoder().encode(id ?? "");
      try {
        if (this.#version === undefined) {
          await this.#session.create(this.#idPath, data);
          this.#version = 0;
        } else {
          await this.#session.write(this.#idPath, data, this.#version);
          this.#version++;
        }
        return;
      } catch (error) {
        if (!isProblem(error, "connection-lost")) throw error;
      }
    }
  }

  async resign(): Promise<void> {
    this.#end("the lead was given away");
    await this.#session.close();
    await this.#guarding;
  }

  get #idPath(): string {
    return `${this.#path}/framework`;
  }

  /** Whoever deletes the node of a leader makes another one the first. */
  async #guard(): Promise<void> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    this.lost.addEventListener("abort", () => resolve(), { once: true });
    while (!this.lost.aborted) {
      const changed = Promise.withResolvers<void>();
      try {
        const path = `${this.#path}/${this.#own}`;
        if (!await this.#session.exists(path, changed.resolve)) this.#end(`somebody has deleted ${path}`);
      } catch (error) {
        if (isProblem(error, "session-over")) return;
        if (!isProblem(error, "connection-lost")) this.#end(messageOf(error));
        changed.resolve();
      }
      await Promise.race([changed.promise, ended]);
    }
  }

  #end(reason: string): void {
    if (this.lost.aborted) return;
    this.#lost.abort(new MesoletError(`This instance leads no more: ${reason}`, ExitCode.temporary));
  }
}

/** Does something that may be done twice, once more whenever the connection breaks. */
async function insistently<Result>(session: ZookeeperSession, work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isProblem(error, "connection-lost") || session.ended.aborted) throw error;
    }
  }
}

async function makeParents(session: ZookeeperSession, path: string): Promise<void> {
  const parts = path.split("/").slice(1);
  for (let count = 1; count <= parts.length; count++) {
    const parent = `/${parts.slice(0, count).join("/")}`;
    if (await session.exists(parent)) continue;
    await session.create(parent, nothing).catch((error) => {
      if (!isProblem(error, "node-exists")) throw error;
    });
  }
}

/** Candidates, the first one leading. */
async function listCandidates(session: ZookeeperSession, path: string): Promise<readonly string[]> {
  const numbered = (await session.children(path)).flatMap((name) => {
    const digits = /^candidate-.*-(\d+)$/.exec(name)?.[1];
    return digits === undefined ? [] : [{ name, number: Number(digits) }];
  });
  return numbered.sort((one, other) => one.number - other.number).map(({ name }) => name);
}

function goneAsUndefined(error: unknown): undefined {
  if (isProblem(error, "no-node")) return undefined;
  throw error;
}

function readable(data: Uint8Array): string {
  return new TextDecoder().decode(data.subarray(0, 200)).replaceAll(/\p{Cc}/gu, " ").trim();
}
