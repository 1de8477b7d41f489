import { located } from "../compose/located.ts";
import { cgroupHostOfProcess, cgroupsUsable } from "../docker/cgroup.ts";
import type { Engine } from "../docker/engine.ts";
import { needsForDown, needsForUp } from "../plan/needs.ts";
import type { Observed, ObservedContainer } from "../plan/observed.ts";
import type { Host } from "../plan/host.ts";
import { place } from "../plan/place.ts";
import type { PlacedPod } from "../plan/placed.ts";
import { defaultUpOptions, type UpOptions } from "../plan/plan_options.ts";
import { type DownOptions, planDown } from "../plan/down.ts";
import { BroughtImages } from "../plan/brought_images.ts";
import { bringsImage, type Plan } from "../plan/step.ts";
import { planUp } from "../plan/up.ts";
import { MesoletError, UsageError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import { selectedPod } from "./pod_selection.ts";
import { registriesFor } from "../registry/digest_source.ts";
import { hasPins, makePodPinner, type PodPinner } from "../supervisor/pod_pinner.ts";
import { putBack } from "../supervisor/put_back.ts";
import { walkPlan, type WalkResult } from "../supervisor/walk_plan.ts";
import { clientProxies } from "./client_proxies.ts";
import type { CommandContext } from "./context.ts";
import { reportError, warningLine } from "./error_report.ts";
import { withPlace } from "./failure_place.ts";
import type { GlobalValues } from "./global_flags.ts";
import { isPause } from "../supervisor/replica_name.ts";
import { PodFiles, type PodSpec, printWarnings } from "./pod_spec.ts";
import { programVersion } from "./program_version.ts";
import { type ProgressDisplay, progressFor } from "./progress.ts";

/**
 * The way of every command that changes a pod or would: load its files, give it a place on the engine's host, look at
 * what is there, plan, and carry the plan out in sight of the person. One session is one command.
 */
export class PodSession {
  readonly #globals: GlobalValues;
  readonly #context: CommandContext;
  readonly #files: PodFiles;
  readonly #warned = new Set<string>();
  #display: ProgressDisplay | undefined;
  #spec: PodSpec | undefined;

  constructor(globals: GlobalValues, context: CommandContext) {
    this.#globals = globals;
    this.#context = context;
    this.#files = new PodFiles(globals, context);
  }

  /** How this session shows progress. */
  get display(): ProgressDisplay {
    const { progress, quiet, ansi } = this.#globals;
    return this.#display ??= progressFor(progress ?? "auto", { quiet, ansi: ansi ?? "auto" }, this.#context);
  }

  /** The name of the pod that the global flags name; undefined where no file is given and none is found. */
  podName(): Promise<string | undefined> {
    return this.#files.podName();
  }

  /** The pod of the files that the global flags name, as `adapt` changes it. */
  async load(adapt: (pod: Pod) => Pod = (pod) => pod): Promise<PodSpec> {
    const spec = await this.#files.pod();
    return this.#spec = { ...spec, pod: adapt(spec.pod) };
  }

  /** The spec with digests in place of the tags that are to be pinned; nobody is asked where there are none. */
  async pin(
    spec: PodSpec,
    engine: Engine,
    { pull, only = [], withoutDependencies = false }: PinRequest,
    signal: AbortSignal,
  ): Promise<PodSpec> {
    if (!hasPins(spec.pod)) return spec;
    const chosen = selectedPod(spec.pod, { services: only, withoutDependencies, scale: {} }).containers;
    const pinner = pinnerOf(engine, this.#context);
    const containers = await engine.listContainers(spec.pod.name, signal);
    const pinned = await pinner.pin({ ...spec.pod, containers: chosen }, containers, pull, signal);
    const byName = new Map(pinned.containers.map((container) => [container.name, container]));
    const whole = spec.pod.containers.map((container) => {
      const { image = container.image, mounts = container.mounts, pinned } = byName.get(container.name) ?? {};
      return pinned === undefined ? container : { ...container, image, mounts, pinned };
    });
    return { ...spec, pod: { ...spec.pod, containers: whole } };
  }

  /** The pod's place on the engine's host; what a person should know of it is printed. */
  async place(spec: PodSpec, host: Host, options: PlaceRequest): Promise<PlacedPod> {
    const { placed, problems } = await located(spec, () =>
      place(spec.pod, host, {
        supervision: options.supervision,
        version: programVersion,
        scale: scaleOf(options.scale),
      }));
    await printWarnings(await spec.locate(problems), this.#globals, this.#context);
    return placed;
  }

  /** What is planned for `up`, and what it was planned from. One list call, and the lookups that are needed. */
  async planUp(
    placed: PlacedPod,
    engine: Engine,
    options: UpOptions,
    signal: AbortSignal,
  ): Promise<PlannedUp> {
    const containers = await engine.listContainers(placed.name, signal);
    const needs = needsForUp(placed, containers, engine.facts, options);
    const observed = await engine.observe({ pod: placed.name, containers, needs }, signal);
    return { plan: planUp(placed, observed, options), containers, observed };
  }

  /**
   * Brings a pod up. Images are pulled first, and then it is planned anew: only then it is known whether a tag has
   * moved, and with it which containers are replaced. A launch that Ctrl-C breaks off is undone where nothing of the pod
   * was there before; a change that fails or is broken off is undone where it replaced what ran.
   *
   * @param finish adds to the plan that is carried out last: waits, for example.
   */
  async bringUp(
    placed: PlacedPod,
    engine: Engine,
    options: UpOptions,
    signal: AbortSignal,
    finish: (planned: PlannedUp) => Plan = ({ plan }) => plan,
  ): Promise<WalkResult> {
    const plans = async (options: UpOptions) => {
      try {
        return await this.planUp(placed, engine, options, signal);
      } catch (error) {
        // A killed mesolet may have left the pod in the middle of a change.
        const consequence = await this.#putBack(placed.name, engine, undefined);
        if (consequence !== undefined) this.note([consequence]);
        throw error;
      }
    };
    let planned = await plans(options);
    const undo = () => this.#undo(placed, engine, planned.containers);
    const brought = new BroughtImages();
    // Two times: what an archive did not bring may be pulled.
    for (let round = 1; round <= 2; round++) {
      const pulls = planned.plan.steps.filter(bringsImage);
      if (pulls.length === 0) break;
      const steps = pulls.map((step) => ({ ...step, after: [] }));
      const plan = { pod: placed.name, steps, warnings: planned.plan.warnings };
      const isPull = pulls.some(({ kind }) => kind === "pull-image");
      const title = `${isPull ? "Pulling" : "Loading"} images of pod ${placed.name}`;
      const result = await this.carryOut(
        title,
        { plan, containers: planned.containers },
        engine,
        signal,
        undo,
      );
      if (result.outcome !== "succeeded") return result;
      brought.add(pulls);
      planned = await plans({ ...options, ...brought.options });
    }
    const plan = finish(planned);
    const title = options.start ? `Starting pod ${placed.name}` : `Making pod ${placed.name}`;
    return await this.carryOut(title, { ...planned, plan }, engine, signal, undo);
  }

  /** @returns what became of the pod, in words, where something of it was stopped. */
  async #undo(
    placed: PlacedPod,
    engine: Engine,
    before: readonly ObservedContainer[],
  ): Promise<string | undefined> {
    const { graceful, immediate } = this.#context.interrupts;
    if (before.length > 0) return await this.#putBack(placed.name, engine, before);
    if (!graceful.aborted) return undefined;
    // Nobody has data in a pod that was never up: there is nothing to end well.
    const options = { volumes: false, graceSeconds: 1 };
    const planned = await this.planDown(placed.name, engine, options, immediate, placed);
    await this.carryOut(`Removing what was made of pod ${placed.name}`, planned, engine, immediate);
    return undefined;
  }

  async #putBack(
    pod: string,
    engine: Engine,
    before: readonly ObservedContainer[] | undefined,
  ): Promise<string | undefined> {
    const display = this.display;
    let isShown = false;
    try {
      return await putBack(pod, before, {
        engine,
        clock: this.#context.clock,
        // The first Ctrl-C may be why the change was broken off.
        signal: this.#context.interrupts.immediate,
        observer: display,
        onPlan: (plan) => {
          isShown = true;
          display.begin(`Putting back what was there of pod ${pod}`, plan);
        },
      });
    } finally {
      if (isShown) await display.end();
    }
  }

  /** What is planned for `down`. */
  async planDown(
    pod: string,
    engine: Engine,
    options: DownOptions,
    signal: AbortSignal,
    placed?: PlacedPod,
  ): Promise<PlannedUp> {
    const containers = await engine.listContainers(pod, signal);
    const needs = needsForDown(pod, containers, engine.facts);
    const observed = await engine.observe({ pod, containers, needs }, signal);
    return { plan: planDown(pod, observed, options, placed), containers, observed };
  }

  /**
   * Carries a plan out, in sight of the person. Failures are printed when the display has ended.
   *
   * @param undo is called when it did not succeed; gives the end of the message.
   * @returns how the walk went; a signal that ended it is thrown.
   */
  async carryOut(
    title: string,
    planned: Planned,
    engine: Engine,
    signal: AbortSignal = this.#context.interrupts.graceful,
    undo?: () => Promise<string | undefined>,
  ): Promise<WalkResult> {
    this.warn(planned.plan.warnings);
    const display = this.display;
    if (planned.plan.steps.length === 0) display.idle(idleWords(planned));
    else display.begin(title, planned.plan);
    let result: WalkResult;
    try {
      result = await walkPlan(planned.plan, {
        engine,
        clock: this.#context.clock,
        signal,
        observer: display,
        ids: new Map(planned.containers.map(({ name, id }) => [name, id])),
        stopAfterFailedHook: true,
      });
    } finally {
      await display.end();
    }
    const consequence = result.outcome === "succeeded" ? undefined : await undo?.();
    for (const [index, failure] of result.failures.entries()) {
      await this.#printFailure(failure, index === 0 ? consequence : undefined);
    }
    if (consequence !== undefined && result.failures.length === 0) this.note([consequence]);
    if (result.outcome === "aborted") throw signal.reason;
    return result;
  }

  /** Prints what a person should know and what stops nothing, each once. */
  warn(messages: readonly string[]): void {
    if (this.#globals.quiet) return;
    const { error, errorStyle } = this.#context;
    for (const message of messages) {
      // A plan that is made anew says the same again.
      if (this.#warned.has(message)) continue;
      this.#warned.add(message);
      error.write(`${warningLine(message, errorStyle)}\n`);
    }
  }

  /** Prints what happens to a pod that is kept. */
  note(texts: readonly string[]): void {
    if (this.#globals.quiet) return;
    const { error, errorStyle } = this.#context;
    for (const text of texts) error.write(`${errorStyle.bold(text)}\n`);
  }

  /** A failure on the engine, with its place in the files where it has one. */
  async inSpec(failure: MesoletError): Promise<MesoletError> {
    return this.#spec === undefined ? failure : await withPlace(failure, this.#spec);
  }

  async #printFailure(failure: WalkResult["failures"][number], consequence?: string): Promise<void> {
    const { error, errorStyle } = this.#context;
    const what = await this.inSpec(failure);
    const whole = consequence === undefined
      ? what
      : new MesoletError(`${what.message}; ${consequence}`, what.exitCode, { cause: what });
    const report = reportError(whole, { debug: this.#globals.debug, style: errorStyle });
    const lastLog = failure.lastLog.map((line) => errorStyle.dim(`  | ${line}`));
    error.write([...report.lines, ...lastLog].join("\n") + "\n");
  }
}

/** Why nothing is to be done: what is there is as it should be. */
function idleWords({ plan, containers }: Planned): string {
  const own = containers.filter((container) => !isPause(container));
  const running = own.filter(({ state }) => state === "running").length;
  const state = own.length === 0
    ? "it has no containers"
    : running < own.length
    ? `${running} of ${own.length} containers run`
    : running === 1
    ? "1 container runs"
    : `${running} containers run`;
  return `pod ${plan.pod}: nothing to do, ${state}`;
}

/** A plan, and the containers that were there when it was made. */
export interface Planned {
  readonly plan: Plan;
  readonly containers: readonly ObservedContainer[];
}

/** With all that it was made from. */
export interface PlannedUp extends Planned {
  readonly observed: Observed;
}

export interface PlaceRequest {
  readonly supervision: "mesolet" | "engine";
  /** `SERVICE=COUNT`, as given. */
  readonly scale: readonly string[];
}

/** What of a pod is pinned, and how. */
export type PinRequest = Pick<Partial<UpOptions>, "pull" | "only" | "withoutDependencies">;

/** Puts digests in place of the tags of a pod on this engine. */
export function pinnerOf(engine: Engine, { clock, variables }: CommandContext): PodPinner {
  const registry = registriesFor({ environment: variables, clock, engine: engine.facts });
  return makePodPinner({ registry, engine });
}

/** What placing a pod needs to know of an engine's host. */
export async function hostOf(engine: Engine, context: CommandContext): Promise<Host> {
  return {
    engine: engine.facts,
    environment: await clientProxies(context.variables, context.variables["DOCKER_HOST"] ?? ""),
    cgroups: await cgroupsUsable(engine.facts, cgroupHostOfProcess(context.clock)),
  };
}

/** Flags of `up` and `plan` that say how the plan is made. */
export interface UpFlags {
  readonly forceRecreate: boolean;
  readonly noRecreate: boolean;
  readonly removeOrphans: boolean;
  readonly noStart: boolean;
  readonly pull: "always" | "missing" | "never" | undefined;
  readonly renewAnonVolumes?: boolean;
  readonly noDeps?: boolean;
  readonly timeout?: number | undefined;
}

/** What the flags and services of `up` ask of the planner. */
export function upOptionsOf(
  flags: UpFlags,
  services: readonly string[],
  context: Pick<CommandContext, "clock" | "variables">,
): UpOptions {
  if (flags.forceRecreate && flags.noRecreate) {
    throw new UsageError("--force-recreate and --no-recreate exclude each other");
  }
  return {
    ...defaultUpOptions,
    recreate: flags.forceRecreate ? "always" : flags.noRecreate ? "never" : "changed",
    renewAnonymousVolumes: flags.renewAnonVolumes ?? false,
    removeOrphans: flags.removeOrphans || isSet(context.variables["COMPOSE_REMOVE_ORPHANS"]),
    start: !flags.noStart,
    withoutDependencies: flags.noDeps ?? false,
    now: context.clock.now(),
    ...(services.length === 0 ? {} : { only: services }),
    ...(flags.pull === undefined ? {} : { pull: flags.pull }),
    ...(flags.timeout === undefined ? {} : { graceSeconds: flags.timeout }),
  };
}

function isSet(text: string | undefined): boolean {
  return text !== undefined && ["1", "true", "t", "yes"].includes(text.toLowerCase());
}

/** Reads `SERVICE=COUNT` flags. */
export function scaleOf(flags: readonly string[]): Record<string, number> {
  const scale: Record<string, number> = {};
  for (const flag of flags) {
    const match = /^([^=]+)=(\d+)$/.exec(flag);
    if (match?.[1] === undefined) throw new UsageError(`--scale takes SERVICE=COUNT, not "${flag}"`);
    scale[match[1]] = Number(match[2]);
  }
  return scale;
}
