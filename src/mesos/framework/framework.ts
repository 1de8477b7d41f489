import type { FollowSpecs } from "../../operator/operator.ts";
import type { LiveBoard } from "../../operator/live_board.ts";
import type { SpecProblem } from "../../operator/pod_board.ts";
import type { WantedPod, WantedPods } from "../../operator/spec_source.ts";
import { SpecTeller } from "../../operator/spec_teller.ts";
import type { Clock } from "../../pod/clock.ts";
import { ExitCode, formatProblem, type Problem } from "../../pod/errors.ts";
import type { DigestSource } from "../../registry/digest_source.ts";
import type { FrameworkInfo, SchedulerEvent } from "../wire/messages.ts";
import { FrameworkBoard } from "./board/framework_board.ts";
import { statusOf } from "./board/pod_status.ts";
import { SeldomTold } from "./board/seldom_told.ts";
import { Cluster, type ClusterOptions } from "./cluster/cluster.ts";
import type { ClusterEffect, ClusterMessage } from "./cluster/messages.ts";
import { LateWatch } from "./late_watch.ts";
import { OrphanedPods } from "./orphaned_pods.ts";
import { PinnedWishes, type PinOutcome } from "./pinned_wishes.ts";
import type { MasterNotice, MasterSession } from "./session/master_session.ts";
import { SessionEnd } from "./session/session_end.ts";
import type { Store } from "./store/store.ts";
import type { PodWish } from "./wish/pod_wish.ts";

/** What a spec comes to on a cluster; without a wish where one of the problems is an error. */
export interface SpecWish {
  readonly wish?: PodWish;
  readonly problems: readonly Problem[];
}

/** What a framework works with. */
export interface FrameworkOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Without its id. */
  readonly info: FrameworkInfo;
  readonly openSession: (setup: {
    readonly framework: () => FrameworkInfo;
    readonly onNotice: (notice: MasterNotice) => void;
  }) => MasterSession;
  readonly follow: FollowSpecs;
  /** What is wanted of the cluster by a spec, or what is wrong with it for a cluster. */
  readonly wishOf: (spec: WantedPod) => SpecWish;
  /** Where digests of images are found out, for specs that are to run by them. Absent: executors do. */
  readonly registry?: DigestSource;
  readonly buildTask: ClusterOptions["buildTask"];
  readonly newRun: () => string;
  readonly board: LiveBoard;
  /** Believe at once that most pods have no spec any more. */
  readonly allowEmpty?: boolean;
  readonly bounds?: ClusterOptions["bounds"];
}

/** A framework that runs. */
export interface Framework {
  readonly cluster: Cluster;
  /**
   * Fulfilled with the exit code when it has ended. Rejected where it cannot go on: by the master's word
   * ({@linkcode SessionEnd}), or because nothing can be stored.
   */
  readonly done: Promise<number>;
  /** Looks at all specs now. */
  rescan(): void;
  /** Ends it: `detach` leaves the pods with their agents, `stop-pods` has them stopped first. */
  stop(mode: "detach" | "stop-pods"): void;
}

/** Keeps the pods of specs running on a cluster, until it is stopped. */
export function startFramework(options: FrameworkOptions): Framework {
  return new FrameworkLoop(options);
}

/** A spec that is wanted, and what it comes to. */
interface Wanted {
  readonly spec: WantedPod;
  /** The last one that was right. */
  readonly wish: PodWish | undefined;
  readonly problem: SpecProblem | undefined;
}

/** A timer of this machine can run for some 24 days. */
const longestSleep = 24 * 3_600_000;

/** Specs are read when the master was asked what runs; but they are not left for longer than this, in milliseconds. */
const specsWait = 1_000;

/** The same refusal is told again after this time at the earliest, in milliseconds. */
const refusalPause = 10 * 60_000;

class FrameworkLoop implements Framework {
  readonly cluster: Cluster;
  readonly done: Promise<number>;
  readonly #options: FrameworkOptions;
  readonly #board: FrameworkBoard;
  readonly #session: MasterSession;
  readonly #watch: LateWatch;
  readonly #orphans: OrphanedPods;
  readonly #teller: SpecTeller;
  readonly #stopped = new AbortController();
  readonly #over = Promise.withResolvers<void>();
  readonly #wanted = new Map<string, Wanted>();
  readonly #pins: PinnedWishes;
  readonly #refusals = new SeldomTold(refusalPause);
  #wasComplete: boolean | undefined;
  #timer: { readonly at: number; readonly end: AbortController } | undefined;
  #isStopping = false;

  constructor(options: FrameworkOptions) {
    this.#options = options;
    const { store, info, buildTask, newRun, bounds, follow, openSession } = options;
    this.cluster = new Cluster({
      stored: store.read(),
      roles: info.roles ?? [],
      buildTask,
      newRun,
      ...(bounds === undefined ? {} : { bounds }),
    });
    const { clock, registry } = options;
    this.#pins = new PinnedWishes({ store, clock, registry });
    this.#board = new FrameworkBoard(this.cluster, options.clock);
    options.board.setCluster(this.#board);
    this.#teller = new SpecTeller(options.board);
    this.#orphans = new OrphanedPods({
      cluster: this.cluster,
      clock: options.clock,
      ...(options.allowEmpty === undefined ? {} : { allowEmpty: options.allowEmpty }),
      teller: this.#teller,
    });
    this.#session = openSession({
      framework: () => this.#info,
      onNotice: (notice) => {
        this.#onNotice(notice);
        this.#board.notice(notice);
      },
    });
    const files = [...this.cluster.pods].flatMap(([name, { origin }]) =>
      origin === undefined ? [] : [[name, origin.files] as const]
    );
    const { signal } = this.#stopped;
    this.#watch = new LateWatch({
      open: () =>
        follow({
          running: new Map(files),
          signal,
          onLook: (wanted) => this.#onLook(wanted),
          onTrouble: (message) => options.board.tell("operator", message),
        }),
      clock,
      within: this.cluster.pods.size === 0 ? 0 : specsWait,
      signal,
    });
    this.done = this.#run();
    // Whoever does not wait for it is not to be ended by it.
    this.done.catch(() => {});
  }

  rescan(): void {
    this.#watch.rescan();
  }

  stop(mode: "detach" | "stop-pods"): void {
    // Of a framework that never was at a master there is nothing anywhere.
    if (mode === "detach" || this.#options.store.frameworkId === undefined) return this.#over.resolve();
    this.#isStopping = true;
    if (!this.cluster.isReady) {
      this.#options.board.tell(
        "operator",
        "waits for the master, to stop its pods; a second signal leaves them",
      );
    }
    this.#handle({
      kind: "wishes",
      wishes: new Map(),
      changed: [...this.cluster.pods.keys()],
      isComplete: true,
    });
  }

  get #info(): FrameworkInfo {
    const id = this.#options.store.frameworkId;
    return { ...this.#options.info, ...(id === undefined ? {} : { id: { value: id } }) };
  }

  async #run(): Promise<number> {
    try {
      await Promise.race([this.#over.promise, this.#session.done, this.#watch.done]);
      return ExitCode.ok;
    } catch (error) {
      if (error instanceof SessionEnd && error.why === "removed") this.#options.store.forget();
      throw error;
    } finally {
      this.#options.board.tell("operator", this.#isStopping ? "ends" : "ends, and its pods go on");
      this.#stopped.abort();
      this.#timer?.end.abort();
      this.#pins.close();
      await Promise.allSettled([this.#session.close(), this.#watch.done]);
    }
  }

  #onNotice(notice: MasterNotice): void {
    const { board, store } = this.#options;
    switch (notice.kind) {
      case "subscribed":
        if (!this.#canStore(() => store.setFramework(notice.frameworkId))) return;
        board.tell(
          "operator",
          `subscribed at the master ${notice.address} as framework ${notice.frameworkId}`,
        );
        this.#handle({
          kind: "subscribed",
          isNew: notice.isNew,
          region: notice.master?.domain?.fault_domain?.region.name,
        });
        return this.#watch.begin();
      case "disconnected":
        board.tell("operator", `lost the master: ${notice.reason}`);
        return this.#handle({ kind: "disconnected" });
      case "trouble":
        return board.tell("operator", `no master so far: ${notice.reason}`);
      case "refused":
        return this.#tellRefused(`the master refused ${notice.call.type}: ${notice.reason}`);
      case "event":
        return this.#onEvent(notice.event);
    }
  }

  /** What it was to bring about is asked for again by the cluster's own reminders: that is no reason for a storm. */
  #tellRefused(text: string): void {
    const told = this.#refusals.take(text, this.#options.clock.elapsed());
    if (told !== undefined) this.#options.board.tell("operator", told);
  }

  #onEvent(event: SchedulerEvent): void {
    this.#options.board.progress();
    switch (event.type) {
      case "OFFERS":
        return this.#handle({ kind: "offers", offers: event.offers.offers ?? [] });
      case "INVERSE_OFFERS":
        return this.#handle({ kind: "inverse-offers", offers: event.inverse_offers.inverse_offers ?? [] });
      case "RESCIND_INVERSE_OFFER": {
        const { inverse_offer_id } = event.rescind_inverse_offer;
        return this.#handle({ kind: "inverse-offer-rescinded", id: inverse_offer_id.value });
      }
      case "UPDATE":
        return this.#handle({ kind: "update", status: event.update.status });
    }
  }

  #onLook(wanted: WantedPods): void {
    const { board } = this.#options;
    board.progress();
    if (this.#isStopping) return;
    const changed = new Set([...this.#wanted.keys()].filter((name) => !wanted.pods.has(name)));
    for (const name of changed) {
      this.#wanted.delete(name);
      if (!this.#canStore(() => this.#pins.drop(name))) return;
    }
    for (const [name, spec] of wanted.pods) {
      if (this.#takeSpec(name, spec)) changed.add(name);
    }
    const own = [...this.#wanted.values()].flatMap(({ problem }) => problem ?? []);
    this.#teller.tellSpecs([...wanted.problems, ...own], wanted.loaded);
    for (const name of this.#orphans.find(wanted)) changed.add(name);
    const isComplete = [...wanted.directories.values()].every((state) => state === "known");
    if (changed.size === 0 && isComplete === this.#wasComplete) return;
    this.#wasComplete = isComplete;
    this.#wish(changed, isComplete);
  }

  #wish(changed: Iterable<string>, isComplete: boolean): void {
    const wishes = new Map(
      [...this.#wanted].flatMap(([name, { wish }]) => wish === undefined ? [] : [[name, wish] as const]),
    );
    this.#handle({ kind: "wishes", wishes, changed, isComplete });
  }

  /**
   * Takes a version of a spec. One that is no good for a cluster changes nothing: its pod goes on as it is.
   *
   * @returns whether something else is wanted now
   */
  #takeSpec(name: string, spec: WantedPod): boolean {
    const before = this.#wanted.get(name);
    if (before?.spec === spec) return false;
    const { wish, problems } = this.#options.wishOf(spec);
    if (wish !== undefined) {
      const pinned = this.#pins.take(wish, (outcome) => this.#onPinned(name, spec, outcome));
      for (const warning of problems) {
        this.#options.board.tell("spec", `warning: ${formatProblem(warning)}`, name);
      }
      // Until it is known what is to run, the pod goes on as it is.
      this.#wanted.set(name, { spec, wish: pinned ?? before?.wish, problem: undefined });
      return pinned !== undefined;
    }
    this.#pins.forget(name);
    const problem = problems.find(({ severity }) => severity === "error");
    const now = this.#options.clock.now();
    this.#wanted.set(name, {
      spec,
      wish: before?.wish,
      problem: problem === undefined
        ? undefined
        : { key: spec.key, pod: name, problem, keptVersion: before?.wish !== undefined, since: now },
    });
    return false;
  }

  /** What the images of a spec stand for was found out, or could not be. */
  #onPinned(name: string, spec: WantedPod, outcome: PinOutcome): void {
    const before = this.#wanted.get(name);
    if (before?.spec !== spec || this.#isStopping) return;
    if ("wish" in outcome) {
      this.#wanted.set(name, { spec, wish: outcome.wish, problem: undefined });
      return this.#wish([name], this.#wasComplete ?? false);
    }
    const problem = { severity: "error", path: "", message: outcome.problem } as const;
    this.#options.board.tell("spec", `${outcome.problem}; it is tried again`, name);
    const keptVersion = before.wish !== undefined;
    const since = before.problem?.since ?? this.#options.clock.now();
    this.#wanted.set(name, { ...before, problem: { key: spec.key, pod: name, problem, keptVersion, since } });
  }

  #handle(message: ClusterMessage): void {
    const { clock } = this.#options;
    if (this.#stopped.signal.aborted) return;
    const isDone = this.#canStore(() => {
      for (const effect of this.cluster.handle(message, clock.now())) this.#do(effect);
    });
    if (!isDone) return;
    this.#show();
    this.#setTimer();
    if (this.#isStopping && this.cluster.isReady && this.cluster.pods.size === 0) this.#over.resolve();
  }

  /** What cannot be stored must not be done: it ends, the pods go on, and the next start asks what runs. */
  #canStore(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.#over.reject(error);
      this.#stopped.abort();
      return false;
    }
  }

  #do(effect: ClusterEffect): void {
    switch (effect.kind) {
      case "store":
        return this.#options.store.write(effect.changes);
      case "call":
        this.#board.call(effect.call);
        return this.#session.send(effect.call);
      case "tell":
        return this.#options.board.tell(
          effect.pod === undefined ? "operator" : "pod",
          effect.text,
          effect.pod,
        );
    }
  }

  #show(): void {
    const { board, clock } = this.#options;
    for (const name of this.cluster.takeTouched()) {
      const pod = this.cluster.pods.get(name);
      if (pod === undefined) board.remove(name);
      else {
        const { status, instances } = statusOf(pod, clock.now());
        board.show(name, pod.origin?.files[0] ?? "", status, instances);
      }
    }
    if (this.cluster.isReady) board.setReady();
  }

  #setTimer(): void {
    const at = this.cluster.nextAt;
    if (this.#timer?.at === at) return;
    this.#timer?.end.abort();
    this.#timer = undefined;
    if (at === undefined || this.#stopped.signal.aborted) return;
    const { clock } = this.#options;
    const end = new AbortController();
    this.#timer = { at, end };
    clock.sleep(Math.min(longestSleep, Math.max(0, at - clock.now())), end.signal).then(() => {
      this.#timer = undefined;
      this.#options.board.progress();
      this.#handle({ kind: "tick" });
    }, () => {});
  }
}
