import { startFramework } from "../mesos/framework/framework.ts";
import { frameworkInfo } from "../mesos/framework/framework_info.ts";
import { openMasterSession } from "../mesos/framework/session/master_session.ts";
import { openSqliteStore } from "../mesos/framework/store/sqlite_store.ts";
import { taskBuilder } from "../mesos/framework/task/task_of_wish.ts";
import { wishOfPod } from "../mesos/framework/wish/wish_of_pod.ts";
import { LiveBoard } from "../operator/live_board.ts";
import { accessCluster } from "./cluster_access.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { offerProgram } from "./executor_program.ts";
import { onInterrupts } from "./on_interrupts.ts";
import type { OperatorLog } from "./operator_log.ts";
import type { OperatorStatus } from "./operator_status.ts";
import { specFollower } from "./spec_follower.ts";
import { statePath } from "./state_path.ts";

type OperatorInvocation = Invocation<Commands["operator"]["flags"]>;

const usualFramework = "mesolet";
const usualRole = "*";

/** A master keeps the tasks of a framework that is gone for so long, in seconds: two weeks. */
const failoverTimeout = 14 * 86_400;

/** `mesolet operator --target mesos`: keeps the pods of directories running on a cluster, until a signal ends it. */
export async function keepOnCluster(
  { values, context }: OperatorInvocation,
  { directories, log, status }: {
    readonly directories: readonly string[];
    readonly log: OperatorLog;
    readonly status: OperatorStatus;
  },
): Promise<number> {
  const { clock, interrupts } = context;
  const access = await accessCluster(
    values,
    context,
    "--target mesos needs --master, or MESOLET_MASTER: where the cluster's master is",
  );
  const name = values.framework ?? usualFramework;
  const roles = values.role.length === 0 ? [usualRole] : values.role;
  const { program, server } = await offerProgram(values, {
    ...context,
    locator: access.locator,
    signal: interrupts.graceful,
    onWait: (reason) => {
      status.board.wait(reason);
      log.line(`waiting for a master: ${reason}`);
    },
    tell: (line) => log.line(line),
  });
  const { store, setAside } = await openSqliteStore(statePath(values.state, name, context));
  if (setAside !== undefined) {
    log.line(`the state was damaged and is in ${setAside} now: the master is asked what runs`);
  }
  try {
    const board = new LiveBoard({
      clock,
      // The output is with the agents.
      readLogs: async function* () {},
      onEvent: (event) => log.event(event),
    });
    status.board.begin(board);
    log.line(`keeps the pods of ${directories.join(", ")} on the cluster of ${values.master}`);
    let runs = 0;
    const framework = startFramework({
      store,
      clock,
      info: frameworkInfo({
        name,
        roles,
        user: values.agentUser,
        principal: values.principal,
        failoverTimeout,
      }),
      openSession: (setup) => openMasterSession({ ...setup, ...access.sessionSetup }),
      follow: specFollower(context, { directories, allowEmpty: values.allowEmpty, forCluster: true }),
      wishOf: ({ pod, directory, files, forCluster }) =>
        forCluster === undefined
          ? { problems: [] }
          : wishOfPod({ pod, origin: { directory, files }, ...forCluster, roles }),
      buildTask: taskBuilder({ program }),
      // Two of one moment have different numbers, two of one number different moments.
      newRun: () => `${clock.now().toString(36)}${(runs++ % 1296).toString(36).padStart(2, "0")}`,
      board,
      allowEmpty: values.allowEmpty,
    });
    const unlisten = onInterrupts(interrupts, {
      graceful: () => framework.stop(values.stopPods ? "stop-pods" : "detach"),
      immediate: () => framework.stop("detach"),
      hangUp: () => framework.rescan(),
    });
    try {
      return await framework.done;
    } finally {
      unlisten();
      await status.close();
      await access.close();
    }
  } finally {
    store.close();
    await server?.close();
  }
}
