import { cgroupOomCounter } from "../supervisor/pod_oom.ts";
import type { Engine } from "../docker/engine.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import { Label } from "../pod/labels.ts";
import type { Pod } from "../pod/model.ts";
import type { PodStatus } from "../pod/status.ts";
import type { CoveredImages } from "../plan/covered_images.ts";
import type { StepError } from "../supervisor/step_error.ts";
import type { WalkObserver } from "../supervisor/walk_observer.ts";
import { makePodPlanner } from "../supervisor/pod_planner.ts";
import { type PodOutcome, supervise, type Supervision } from "../supervisor/supervise.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import { withEngine } from "./engine_session.ts";
import { LogFollower } from "../supervisor/log_follow.ts";
import { LogWriter } from "./log_writer.ts";
import { endingWith, selectedPod } from "./pod_selection.ts";
import { hostOf, pinnerOf, PodSession, scaleOf, upOptionsOf } from "./pod_session.ts";
import { programVersion } from "./program_version.ts";
import { notesBetween } from "./status_notes.ts";
import { waitEngineOf } from "./wait_engine_flag.ts";
import { styleFor } from "./style.ts";
import { unreadableLog } from "./unreadable_logs.ts";

type UpInvocation = Invocation<Commands["up"]["flags"]>;

/** After the pod's end its last lines are given this long to arrive. */
const lastLines = 3_000;

/** `mesolet up` in the foreground: shows logs, keeps the pod as wanted, and ends with its exit code. */
export async function runForeground(
  invocation: UpInvocation,
  coveredFor: (pod: Pod) => Promise<CoveredImages>,
  adapt?: (pod: Pod) => Pod,
): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  const session = new PodSession(globals, context);
  const spec = await session.load(adapt);
  const chosen = selectedPod(spec.pod, {
    services: positionals,
    withoutDependencies: values.noDeps,
    scale: scaleOf(values.scale),
  });
  const pod = endingWith(chosen, { any: values.abortOnContainerExit, service: values.exitCodeFrom });
  return await withEngine(globals, context, async (engine) => {
    const host = await hostOf(engine, context);
    const placed = await session.place({ ...spec, pod }, host, { supervision: "mesolet", scale: [] });
    const { display } = session;
    const notes = new StatusPrinter(session);
    const follower = followedLogs(invocation, pod.name, engine, session);
    display.begin(`Pod ${pod.name}`, { pod: pod.name, steps: [], warnings: [] });
    let isPlanned = false;
    let failure: StepError | undefined;
    const supervision = supervise(pod, {
      engine,
      clock: context.clock,
      planner: makePodPlanner({
        engine,
        host,
        clock: context.clock,
        version: programVersion,
        up: upOptionsOf(values, [], context),
        pinner: pinnerOf(engine, context),
        archives: coveredFor,
        placed: { pod, placed },
      }),
      atEnd: "stop",
      // As Docker Compose: what somebody stops, in another terminal, has not failed. Who asks for an end with any
      // container's, or with one's exit code, gets it.
      byHand: values.abortOnContainerExit || values.exitCodeFrom !== undefined ? "judge" : "rest",
      onPlan: (plan) => {
        isPlanned = true;
        session.warn(plan.warnings);
        display.extend(plan);
      },
      onStatus: (status) => {
        // Containers that run before anything is done are adopted; those that start tell so by an event.
        for (const { id, name, number, state, finishedAt } of isPlanned ? [] : status.containers) {
          if (id === undefined) continue;
          if (state === "running") follower.begin(id, `${name}-${number}`);
          else if (finishedAt !== undefined) follower.passOver(id, finishedAt);
        }
        notes.print(status);
      },
      onStopRequest: (text) => notes.say(text),
      observer: withFailures(display, (error) => failure = error),
      ...(placed.cgroup === undefined ? {} : { podOomKills: cgroupOomCounter(placed.cgroup, context.clock) }),
    });
    const unlisten = endOnSignals(supervision, values.timeout, context);
    const logs = writeLogs(follower, invocation, session);
    try {
      const outcome = await supervision.done;
      await endLogs(follower, logs, context);
      await display.end();
      return await exitCodeOf(outcome, failure, session, context);
    } finally {
      unlisten();
      follower.stop();
      await logs;
      await display.end();
    }
  }, waitEngineOf(values.waitEngine));
}

/** Prints what a person should know of the pod, behind the progress display. */
class StatusPrinter {
  #before: PodStatus | undefined;
  #queue: Promise<void> = Promise.resolve();

  constructor(private readonly session: PodSession) {}

  say(text: string): void {
    this.#write([text]);
  }

  print(status: PodStatus): void {
    const notes = notesBetween(this.#before, status);
    this.#before = status;
    if (notes.length > 0) this.#write(notes);
  }

  #write(notes: readonly string[]): void {
    this.#queue = this.#queue.then(async () => {
      await this.session.display.yieldToLines();
      this.session.note(notes);
    });
  }
}

function followedLogs(
  invocation: UpInvocation,
  pod: string,
  engine: Engine,
  session: PodSession,
): LogFollower {
  const { clock, interrupts } = invocation.context;
  return new LogFollower({
    engine,
    clock,
    pod,
    wanted: (labels) => labels[Label.role] !== "pause",
    // What containers that run already wrote before is for `mesolet logs`.
    tail: 0,
    endsWhenIdle: false,
    onUnreadable: (name) => {
      session.display.yieldToLines().then(() => session.warn([unreadableLog(name)]));
    },
    signal: interrupts.abandon,
  });
}

async function writeLogs(
  follower: LogFollower,
  invocation: UpInvocation,
  session: PodSession,
): Promise<void> {
  const { values, context } = invocation;
  const writer = new LogWriter(context.out, {
    style: values.noColor ? styleFor(false) : context.outStyle,
    prefix: !values.noLogPrefix,
    timestamps: values.timestamps,
  }, []);
  let isFirst = true;
  try {
    for await (const { source, line } of follower.lines()) {
      // The frame on the terminal would be torn: from now on there are only lines.
      if (isFirst) await session.display.yieldToLines();
      isFirst = false;
      await writer.write(source, line);
    }
  } catch (error) {
    // The pod does not end because its log cannot be shown.
    if (!(error instanceof MesoletError)) throw error;
    session.warn([`no more logs: ${error.message}`]);
  }
}

/** Lets the last lines of containers arrive, and no longer. */
async function endLogs(follower: LogFollower, logs: Promise<void>, context: CommandContext): Promise<void> {
  const enough = new AbortController();
  follower.finish();
  const limit = context.clock.sleep(lastLines, enough.signal).catch(() => {});
  await Promise.race([logs, limit]);
  enough.abort();
}

/** The first signal stops the pod, the second kills it, the third leaves it to itself. */
function endOnSignals(
  supervision: Supervision,
  timeout: number | undefined,
  context: CommandContext,
): () => void {
  const { graceful, immediate, abandon } = context.interrupts;
  const say = (text: string) => context.error.write(`${context.errorStyle.bold(text)}\n`);
  const grace = timeout === undefined ? {} : { graceSeconds: timeout };
  const listeners: [AbortSignal, () => void][] = [
    [graceful, () => {
      say("stopping the pod (once more kills it)");
      supervision.stop("it was interrupted", grace);
    }],
    [immediate, () => {
      say("killing the pod");
      supervision.killNow();
    }],
    [abandon, () => supervision.detach()],
    [context.out.closed, () => supervision.stop("nobody reads its logs any more", grace)],
  ];
  for (const [signal, listener] of listeners) {
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
  }
  return () => {
    for (const [signal, listener] of listeners) signal.removeEventListener("abort", listener);
  };
}

/** An observer that passes on what it is told, and lets failures be known. */
function withFailures(
  observer: Required<WalkObserver>,
  onFailure: (error: StepError) => void,
): Required<WalkObserver> {
  return {
    started: (step) => observer.started(step),
    progress: (step, pull) => observer.progress(step, pull),
    warning: (step, message) => observer.warning(step, message),
    succeeded: (step, milliseconds) => observer.succeeded(step, milliseconds),
    failed: (step, error) => {
      onFailure(error);
      observer.failed(step, error);
    },
    interrupted: (step) => observer.interrupted(step),
    skipped: (step) => observer.skipped(step),
  };
}

async function exitCodeOf(
  outcome: PodOutcome,
  failure: StepError | undefined,
  session: PodSession,
  context: CommandContext,
): Promise<number> {
  const { status, problem } = outcome;
  if (problem !== undefined) throw problem;
  const { graceful } = context.interrupts;
  if (graceful.aborted) throw graceful.reason;
  if (status.phase !== "failed") return status.exitCode ?? ExitCode.ok;
  const code = status.exitCode === undefined || status.exitCode === 0 ? ExitCode.failed : status.exitCode;
  // The reason is the failure's own words where a step of the launch is what failed.
  const isFailure = failure !== undefined && status.reason === failure.message;
  const reason = isFailure ? (await session.inSpec(failure)).message : status.reason;
  throw new MesoletError(`the pod ${status.pod} failed: ${reason}`, code);
}
