import type { Leadership } from "../mesos/detector/election.ts";
import { formatMasterAddress } from "../mesos/detector/master_address.ts";
import { frameworkInfo } from "../mesos/framework/framework_info.ts";
import { launchBuilder } from "../mesos/framework/task/launch_of_wish.ts";
import { wishOfPod } from "../mesos/framework/wish/wish_of_pod.ts";
import { LiveBoard } from "../operator/live_board.ts";
import type { Awaited } from "../operator/pod_board.ts";
import { ExitCode, messageOf } from "../pod/errors.ts";
import { accessCluster, type ClusterAccess } from "./cluster_access.ts";
import { registriesFor } from "../registry/digest_source.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { type OfferedProgram, offerProgram, refuseContradictions } from "./executor_program.ts";
import { type OperatorElection, operatorElection } from "./operator_election.ts";
import type { OperatorLog } from "./operator_log.ts";
import type { OperatorStatus } from "./operator_status.ts";
import { leadTerm } from "./operator_term.ts";
import type { Policies } from "../policy/policies.ts";
import { sandboxReads } from "./sandbox_reads.ts";
import { specFollower } from "./spec_follower.ts";
import { statePath } from "./state_path.ts";

type OperatorInvocation = Invocation<Commands["operator"]["flags"]>;

/** What an operator on a cluster writes to, and what it reads. */
interface Surroundings {
  /** What this host lets specs be made of. */
  readonly policies: Policies;
  readonly directories: readonly string[];
  readonly log: OperatorLog;
  readonly status: OperatorStatus;
}

const usualFramework = "mesolet";
const usualRole = "*";

/** A master keeps the tasks of a framework that is gone for so long, in seconds: two weeks. */
const failoverTimeout = 14 * 86_400;

/** While it waits, it says so often that it is alive; milliseconds. */
const pulse = 2_000;

/**
 * `mesolet operator --target mesos`: keeps the pods of directories running on a cluster, until a signal ends it. Of
 * several instances one does; the others stand by.
 */
export async function keepOnCluster(invocation: OperatorInvocation, around: Surroundings): Promise<number> {
  const { values, context } = invocation;
  const access = await accessCluster(
    values,
    context,
    "--target mesos needs --master, or MESOLET_MASTER: where the cluster's master is",
  );
  const waiting = new AbortController();
  try {
    refuseContradictions(values, context);
    const state = statePath(values.state, values.framework ?? usualFramework, context);
    const election = await operatorElection(values, state, context);
    sayAlive(invocation, around.status, waiting.signal);
    return await new ClusterOperator(invocation, around, access, state).keep(election);
  } finally {
    waiting.abort();
    await around.status.close();
    await access.close();
  }
}

/**
 * The address of an operator is mostly taken by another one. Where that has the same state, this says so, which is more
 * than that an address is in use.
 *
 * @throws {MesoletError} when there is another operator
 */
export async function refuseSecondOnCluster({ values, context }: OperatorInvocation): Promise<void> {
  if (values.elect !== undefined || values.standby) return;
  const state = statePath(values.state, values.framework ?? usualFramework, context);
  const election = await operatorElection(values, state, context);
  const leadership = await election.campaign(context.interrupts.graceful, () => {});
  await leadership.resign();
}

class ClusterOperator {
  readonly #invocation: OperatorInvocation;
  readonly #around: Surroundings;
  readonly #access: ClusterAccess;
  readonly #state: string;
  /** Once it is served it stays so: agents may fetch it for a task of a term before. */
  #offered: OfferedProgram | undefined;

  constructor(
    invocation: OperatorInvocation,
    around: Surroundings,
    access: ClusterAccess,
    state: string,
  ) {
    this.#invocation = invocation;
    this.#around = around;
    this.#access = access;
    this.#state = state;
  }

  async keep(election: OperatorElection): Promise<number> {
    const { graceful } = this.#invocation.context.interrupts;
    try {
      for (;;) {
        const leadership = await election.campaign(
          graceful,
          (reason) => this.#wait("stands by", reason, "lead"),
        );
        try {
          const code = await this.#lead(leadership);
          if (code !== "lost") return code;
        } finally {
          await leadership.resign();
        }
        const why = messageOf(leadership.lost.reason);
        this.#around.log.line(`${why}: stands by, and the pods go on`);
        this.#around.status.board.standBy(why);
      }
    } catch (error) {
      // What was waited for does not matter any more.
      if (graceful.aborted && error === graceful.reason) return ExitCode.ok;
      throw error;
    } finally {
      await this.#offered?.server?.close();
    }
  }

  async #lead(leadership: Leadership): Promise<number | "lost"> {
    const { values, context } = this.#invocation;
    const { clock, interrupts: { graceful } } = context;
    const { directories, policies, log, status } = this.#around;
    const roles = values.role.length === 0 ? [usualRole] : values.role;
    const { lost } = leadership;
    try {
      this.#offered ??= await offerProgram(values, {
        ...context,
        locator: this.#access.locator,
        signal: AbortSignal.any([graceful, lost]),
        onWait: (reason) => this.#wait("waits for a master", reason, "master"),
        tell: (line) => log.line(line),
      });
    } catch (error) {
      if (lost.aborted && !graceful.aborted) return "lost";
      throw error;
    }
    const board = new LiveBoard({
      clock,
      ...sandboxReads(this.#access, status.board, clock),
      onEvent: (event) => log.event(event),
    });
    let runs = 0;
    return await leadTerm({
      leadership,
      access: this.#access,
      info: frameworkInfo({
        name: values.framework ?? usualFramework,
        roles,
        user: values.agentUser,
        principal: values.principal,
        failoverTimeout,
        directories,
      }),
      state: this.#state,
      isElected: values.elect !== undefined,
      frameworkId: values.frameworkId,
      framework: {
        follow: specFollower(context, {
          directories,
          allowEmpty: values.allowEmpty,
          forCluster: true,
          policies,
        }),
        registry: registriesFor({ environment: context.variables, clock }),
        wishOf: ({ pod, directory, files, forCluster }) =>
          forCluster === undefined
            ? { problems: [] }
            : wishOfPod({ pod, origin: { directory, files }, ...forCluster, roles }),
        buildTask: launchBuilder({
          program: this.#offered.program,
          grants: values.executorAllow,
          ...(values.agentUser === undefined ? {} : { user: values.agentUser }),
        }),
        // Two of one moment have different numbers, two of one number different moments.
        newRun: () => `${clock.now().toString(36)}${(runs++ % 1296).toString(36).padStart(2, "0")}`,
        board,
        allowEmpty: values.allowEmpty,
      },
      stopPods: values.stopPods,
      context,
      log,
      onWait: (reason) => this.#wait("waits for the master", reason, "master"),
      onBegin: () => {
        status.board.begin(board);
        log.line(
          `keeps the pods of ${directories.join(", ")} on the cluster of ${
            formatMasterAddress(this.#access.address)
          }`,
        );
      },
    });
  }

  #wait(what: string, reason: string, awaits: Awaited): void {
    this.#around.status.board.wait(reason, awaits);
    this.#around.log.line(`${what}: ${reason}`);
  }
}

/** Whoever asks for its health is to see that it waits, and does not hang. */
function sayAlive(
  { context: { clock } }: OperatorInvocation,
  status: OperatorStatus,
  signal: AbortSignal,
): void {
  const beat = async () => {
    while (!signal.aborted) {
      status.board.wait();
      await clock.sleep(pulse, signal);
    }
  };
  beat().catch(() => {});
}
