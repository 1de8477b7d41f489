import { type HostAndPort, readHost } from "../mesos/detector/master_address.ts";
import type { MasterLocator } from "../mesos/detector/master_locator.ts";
import { addressTowards } from "../mesos/framework/serve/address_towards.ts";
import { type ProgramServer, serveProgram } from "../mesos/framework/serve/program_server.ts";
import type { ExecutorProgram } from "../mesos/framework/task/task_of_wish.ts";
import { taskPolicy } from "../policy/policy.ts";
import { widenPolicy } from "../policy/widen_policy.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { CommandContext } from "./context.ts";
import { programVersion } from "./program_version.ts";

/** The flags that say where agents have the program from. */
export interface ProgramFlags {
  readonly executorAllow: readonly string[];
  readonly executorUri: string | undefined;
  readonly executorFile: string | undefined;
  readonly serve: string | undefined;
}

/** Where agents have the program from; the server is to be closed at the end. */
export interface OfferedProgram {
  readonly program: ExecutorProgram;
  readonly server?: ProgramServer;
}

/** Whoever offers the program, and what a person should know of it. */
export interface ProgramSurroundings extends Pick<CommandContext, "ownFile" | "clock"> {
  readonly locator: MasterLocator;
  /** Ends waiting for a master. */
  readonly signal: AbortSignal;
  /** Is told what it waits for. */
  readonly onWait: (reason: string) => void;
  /** Is told what a person should know, in one line. */
  readonly tell: (line: string) => void;
}

/** Where the program is served, if nothing else is said; the next ones are tried when it is taken, then any. */
const usualPort = 10281;
const portsToTry = 10;

/**
 * Makes out where agents have the program from, and serves it where that is the way. By default it is served at the
 * address that this host has towards the master, which may have to be waited for.
 *
 * @throws {MesoletError} where the flags contradict each other, or the program cannot be served
 * @throws the signal's reason when it is aborted
 */
export async function offerProgram(
  flags: ProgramFlags,
  around: ProgramSurroundings,
): Promise<OfferedProgram> {
  const { executorUri, executorFile, serve } = flags;
  refuseContradictions(flags, around);
  if (executorUri !== undefined) return { program: { kind: "uri", uri: executorUri } };
  if (executorFile !== undefined) return { program: { kind: "file", path: executorFile } };
  const file = around.ownFile.path ?? "";
  const server = serve === undefined ? await serveTowardsMaster(file, around) : await serveProgram({
    ...servedAs(file, around),
    ...hostOf(serve),
    advertise: hostOf(serve).hostname,
  });
  around.tell(`serves this program at ${server.url}`);
  return { program: { kind: "uri", uri: server.url }, server };
}

/**
 * Whatever is wrong with the flags can be said before anything is waited for.
 *
 * @throws {MesoletError} exit code 64
 */
export function refuseContradictions(
  { executorUri, executorFile, executorAllow, serve }: ProgramFlags,
  { ownFile }: Pick<CommandContext, "ownFile">,
): void {
  if ([executorUri, executorFile, serve].filter((value) => value !== undefined).length > 1) {
    throw usage(
      "give one of --executor-uri URI, --executor-file PATH and --serve HOST:PORT: the agents have this program " +
        "from one place",
    );
  }
  // A wrong grant would fail every task.
  widenPolicy(taskPolicy, executorAllow);
  if (executorFile !== undefined && !executorFile.startsWith("/")) {
    throw usage(`--executor-file is ${executorFile}: give an absolute path`);
  }
  if (serve !== undefined) hostOf(serve);
  if (executorUri === undefined && executorFile === undefined && ownFile.path === undefined) {
    throw usage(
      "this program runs from source, so that there is no one file to serve to the agents: build it (deno task " +
        "build), or say by --executor-uri or --executor-file where they have it from",
    );
  }
}

async function serveTowardsMaster(file: string, around: ProgramSurroundings): Promise<ProgramServer> {
  const { locator, clock, signal, onWait, tell } = around;
  const { address, isLoopback } = await addressTowards({
    locator,
    clock,
    random: Math.random,
    signal,
    onWait,
  });
  if (isLoopback) {
    tell(
      "the master is on this host's loopback: agents elsewhere need --serve HOST:PORT to fetch the program",
    );
  }
  for (let tries = 0;; tries++) {
    // An agent's cache knows a program by its whole URL, so that the usual ports are the better ones.
    const port = tries < portsToTry ? usualPort + tries : 0;
    try {
      return await serveProgram({ ...servedAs(file, around), hostname: address, port, advertise: address });
    } catch (error) {
      const isTaken = error instanceof MesoletError && error.cause instanceof Deno.errors.AddrInUse;
      if (!isTaken || port === 0) throw error;
    }
  }
}

function servedAs(file: string, { tell, clock }: ProgramSurroundings) {
  return { file, version: programVersion, clock, onProblem: tell };
}

function hostOf(serve: string): HostAndPort {
  const host = readHost(serve, 0);
  if (host === undefined || host.port === 0) throw usage(`--serve is ${serve}: it has the form HOST:PORT`);
  return host;
}

function usage(message: string): MesoletError {
  return new MesoletError(message, ExitCode.usage);
}
