import type { Leadership } from "../mesos/detector/election.ts";
import { findFramework } from "../mesos/framework/find_framework.ts";
import { type FrameworkOptions, startFramework } from "../mesos/framework/framework.ts";
import { infoChanges } from "../mesos/framework/info_changes.ts";
import { openLedSession } from "../mesos/framework/session/led_session.ts";
import { openMasterSession } from "../mesos/framework/session/master_session.ts";
import { SessionEnd } from "../mesos/framework/session/session_end.ts";
import type { Store } from "../mesos/framework/store/store.ts";
import { openSqliteStore } from "../mesos/framework/store/sqlite_store.ts";
import { formatLegacy, takeOver } from "../mesos/framework/succession.ts";
import type { FrameworkInfo } from "../mesos/wire/messages.ts";
import type { ClusterAccess } from "./cluster_access.ts";
import type { CommandContext } from "./context.ts";
import { onInterrupts, rescanWords } from "./on_interrupts.ts";
import type { OperatorLog } from "./operator_log.ts";

/** What an operator leads with. */
export interface TermOptions {
  readonly leadership: Leadership;
  readonly access: ClusterAccess;
  readonly info: FrameworkInfo;
  /** Path of the state. */
  readonly state: string;
  /** Whether instances elsewhere stand for the same election. */
  readonly isElected: boolean;
  /** Of `--framework-id`. */
  readonly frameworkId: string | undefined;
  /** What a framework is made of besides what this sees to. */
  readonly framework: Omit<FrameworkOptions, "store" | "openSession" | "info" | "clock">;
  readonly stopPods: boolean;
  readonly context: Pick<CommandContext, "clock" | "interrupts">;
  readonly log: OperatorLog;
  /** Is told what it waits for before it begins. */
  readonly onWait: (reason: string) => void;
  /** The framework begins. */
  readonly onBegin: () => void;
}

/** A leader may hear of another one from the master before it knows by itself; milliseconds. */
const lostWithin = 15_000;

/**
 * Leads until a signal ends it, or the lead is lost.
 *
 * @returns the exit code, or `lost`: nothing is done any more, and the pods go on
 * @throws {MesoletError} where it cannot go on, and standing by would not help
 */
export async function leadTerm(options: TermOptions): Promise<number | "lost"> {
  const { leadership, state, log, context: { clock } } = options;
  const { lost } = leadership;
  try {
    const { store, setAside } = await openSqliteStore(state);
    if (setAside !== undefined) log.line(`the state was damaged and is in ${setAside} now`);
    try {
      const code = await leadWith(store, options);
      return lost.aborted ? "lost" : code;
    } finally {
      store.close();
    }
  } catch (error) {
    if (error instanceof SessionEnd && error.why === "failed-over" && options.isElected && !lost.aborted) {
      const over = new AbortController();
      const ended = new Promise<void>((resolve) =>
        lost.addEventListener("abort", () => resolve(), { once: true })
      );
      await Promise.race([ended, clock.sleep(lostWithin, over.signal).catch(() => {})]);
      over.abort();
    }
    if (lost.aborted) return "lost";
    // The id is dead: nobody is to go on with it.
    if (error instanceof SessionEnd && error.why === "removed") await leadership.writeNote(undefined);
    throw error;
  }
}

async function leadWith(store: Store, options: TermOptions): Promise<number> {
  const { leadership, access, state, context: { clock, interrupts }, log } = options;
  const term = crypto.randomUUID();
  const keepId = (frameworkId: string) => leadership.writeNote(formatLegacy({ frameworkId, term }));
  const doubt = await takeOver({
    leadership,
    store,
    term,
    isShared: options.isElected,
    given: options.frameworkId,
    path: state,
  });
  if (doubt !== undefined) log.line(`${doubt}: the master is asked what runs`);
  if (store.frameworkId === undefined) {
    const found = await findFramework({
      access: { ...access.sessionSetup },
      random: Math.random,
      info: options.info,
      signal: AbortSignal.any([interrupts.graceful, leadership.lost]),
      onWait: options.onWait,
      tell: (line) => log.line(line),
    });
    if (found !== undefined) {
      store.inherit(found);
      store.setTerm(term);
      await keepId(found);
    }
  }
  leadership.lost.throwIfAborted();
  if (store.info !== undefined) { for (const line of infoChanges(store.info, options.info)) log.line(line); }
  options.onBegin();
  const framework = startFramework({
    ...options.framework,
    store,
    clock,
    info: options.info,
    openSession: (setup) =>
      openLedSession(
        (own) => openMasterSession({ ...own, ...access.sessionSetup }),
        {
          ...setup,
          onNotice(notice) {
            setup.onNotice(notice);
            if (notice.kind === "subscribed") rememberInfo(store, options.info);
          },
        },
        { lost: leadership.lost, keepId },
      ),
  });
  const onLost = () => framework.stop("detach");
  leadership.lost.addEventListener("abort", onLost, { once: true });
  if (leadership.lost.aborted) onLost();
  const unlisten = onInterrupts(interrupts, {
    graceful: () => framework.stop(options.stopPods ? "stop-pods" : "detach"),
    immediate: () => framework.stop("detach"),
    hangUp: () => {
      log.line(rescanWords);
      framework.rescan();
    },
  });
  try {
    return await framework.done;
  } finally {
    unlisten();
    leadership.lost.removeEventListener("abort", onLost);
  }
}

function rememberInfo(store: Store, info: FrameworkInfo): void {
  try {
    store.setInfo(info);
  } catch {
    // The next start says less about what has changed, which is no reason to end.
  }
}
