import { locateMasters } from "../mesos/detector/locate_masters.ts";
import { parseMasterAddress, readHost } from "../mesos/detector/master_address.ts";
import { startFramework } from "../mesos/framework/framework.ts";
import { type ProgramServer, serveProgram } from "../mesos/framework/serve/program_server.ts";
import { openMasterSession } from "../mesos/framework/session/master_session.ts";
import { openSqliteStore } from "../mesos/framework/store/sqlite_store.ts";
import { type ExecutorProgram, taskBuilder } from "../mesos/framework/task/task_of_wish.ts";
import { wishOfPod } from "../mesos/framework/wish/wish_of_pod.ts";
import type { FrameworkInfo } from "../mesos/wire/messages.ts";
import { loadTls, readTlsSettings } from "../mesos/wire/tls_settings.ts";
import { specBounds } from "../operator/decide_specs.ts";
import { LiveBoard } from "../operator/live_board.ts";
import { followDirectories } from "../operator/spec_directories.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import type { OperatorLog } from "./operator_log.ts";
import type { OperatorStatus } from "./operator_status.ts";
import { programVersion } from "./program_version.ts";

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
  if (values.master === undefined) {
    throw usage("--target mesos needs --master, or MESOLET_MASTER: where the cluster's master is");
  }
  const tlsSettings = readTlsSettings(context.variables);
  const address = parseMasterAddress(values.master, "--master", tlsSettings !== undefined);
  const credential = await readCredential(values.principal, values.secretFile);
  const name = values.framework ?? usualFramework;
  const roles = values.role.length === 0 ? [usualRole] : values.role;
  const { program, server } = await programFor(values, context, log);
  const { store, setAside } = await openSqliteStore(statePath(values.state, name, context));
  if (setAside !== undefined) {
    log.line(`the state was damaged and is in ${setAside} now: the master is asked what runs`);
  }
  try {
    const tls = tlsSettings === undefined ? undefined : await loadTls(tlsSettings);
    const locator = await locateMasters(address, clock, Math.random);
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
      info: frameworkInfo({ name, roles, user: values.agentUser, principal: values.principal }),
      openSession: (setup) =>
        openMasterSession({
          ...setup,
          locator,
          media: "application/x-protobuf",
          ...(tls === undefined ? {} : { tls }),
          ...(credential === undefined ? {} : { credential }),
          clock,
          random: Math.random,
        }),
      follow: (setup) =>
        followDirectories({
          ...setup,
          directories,
          clock,
          environment: context.variables,
          bounds: { ...specBounds, allowEmpty: values.allowEmpty },
          forCluster: true,
        }),
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
    const listeners = [
      listen(interrupts.graceful, () => framework.stop(values.stopPods ? "stop-pods" : "detach")),
      listen(interrupts.immediate, () => framework.stop("detach")),
      interrupts.onHangUp(() => framework.rescan()),
    ];
    try {
      return await framework.done;
    } finally {
      for (const unlisten of listeners) unlisten();
      await status.close();
      await locator.close();
    }
  } finally {
    store.close();
    await server?.close();
  }
}

function frameworkInfo(
  { name, roles, user = "root", principal }: {
    readonly name: string;
    readonly roles: readonly string[];
    readonly user: string | undefined;
    readonly principal: string | undefined;
  },
): FrameworkInfo {
  return {
    name,
    user,
    roles,
    ...(principal === undefined ? {} : { principal }),
    checkpoint: true,
    failover_timeout: failoverTimeout,
    hostname: Deno.hostname(),
    capabilities: [
      { type: "TASK_KILLING_STATE" },
      { type: "PARTITION_AWARE" },
      { type: "MULTI_ROLE" },
      { type: "RESERVATION_REFINEMENT" },
      { type: "GPU_RESOURCES" },
    ],
  };
}

async function readCredential(principal: string | undefined, secretFile: string | undefined) {
  if (principal === undefined && secretFile !== undefined) throw usage("--secret-file needs --principal");
  if (principal === undefined || secretFile === undefined) return undefined;
  try {
    // Editors end files with a newline, which no secret ends with.
    return { principal, secret: (await Deno.readTextFile(secretFile)).replace(/\r?\n$/, "") };
  } catch (cause) {
    throw new MesoletError(`Cannot read --secret-file ${secretFile}: ${messageOf(cause)}`, ExitCode.noInput, {
      cause,
    });
  }
}

/** Where agents have the program from: exactly one of three ways. */
async function programFor(
  { executorUri, executorFile, serve }: OperatorInvocation["values"],
  { ownFile }: CommandContext,
  log: OperatorLog,
): Promise<{ readonly program: ExecutorProgram; readonly server?: ProgramServer }> {
  const given = [executorUri, executorFile, serve].filter((value) => value !== undefined);
  if (given.length !== 1) {
    throw usage(
      "--target mesos needs one of --executor-uri URI, --executor-file PATH and --serve HOST:PORT: " +
        "where the agents have this program from",
    );
  }
  if (executorUri !== undefined) return { program: { kind: "uri", uri: executorUri } };
  if (executorFile !== undefined) {
    if (!executorFile.startsWith("/")) {
      throw usage(`--executor-file is ${executorFile}: give an absolute path`);
    }
    return { program: { kind: "file", path: executorFile } };
  }
  const host = readHost(serve ?? "", 0);
  if (host === undefined || host.port === 0) throw usage(`--serve is ${serve}: it has the form HOST:PORT`);
  if (ownFile.path === undefined) {
    throw usage(
      "--serve needs the program as one file (deno task build): from source there is none to serve",
    );
  }
  const server = await serveProgram({
    file: ownFile.path,
    version: programVersion,
    ...host,
    advertise: host.hostname,
    onProblem: (message) => log.line(message),
  });
  log.line(`serves this program at ${server.url}`);
  return { program: { kind: "uri", uri: server.url }, server };
}

function statePath(
  given: string | undefined,
  framework: string,
  { variables, workingDirectory }: CommandContext,
): string {
  if (given !== undefined) return given.startsWith("/") ? given : `${workingDirectory}/${given}`;
  const file = `${framework.replaceAll(/[^A-Za-z0-9_.-]/g, "_")}.db`;
  if (Deno.uid() === 0) return `/var/lib/mesolet/${file}`;
  const { XDG_STATE_HOME: state = "", HOME: home = "" } = variables;
  if (state !== "") return `${state}/mesolet/${file}`;
  if (home !== "") return `${home}/.local/state/mesolet/${file}`;
  throw usage("there is no HOME to keep the state in: give --state FILE");
}

function listen(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

function usage(message: string): MesoletError {
  return new MesoletError(message, ExitCode.usage);
}
