import { readHost } from "../mesos/detector/master_address.ts";
import { type ProgramServer, serveProgram } from "../mesos/framework/serve/program_server.ts";
import type { ExecutorProgram } from "../mesos/framework/task/task_of_wish.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { CommandContext } from "./context.ts";
import { programVersion } from "./program_version.ts";

/** The flags that say where agents have the program from. */
export interface ProgramFlags {
  readonly executorUri: string | undefined;
  readonly executorFile: string | undefined;
  readonly serve: string | undefined;
}

/** Where agents have the program from; the server is to be closed at the end. */
export interface OfferedProgram {
  readonly program: ExecutorProgram;
  readonly server?: ProgramServer;
}

/**
 * Makes out where agents have the program from, and serves it where that is the way.
 *
 * @param tell is told what a person should know, in one line
 * @throws {MesoletError} where the flags contradict each other, or the program cannot be served
 */
export async function offerProgram(
  { executorUri, executorFile, serve }: ProgramFlags,
  { ownFile }: Pick<CommandContext, "ownFile">,
  tell: (line: string) => void,
): Promise<OfferedProgram> {
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
    onProblem: tell,
  });
  tell(`serves this program at ${server.url}`);
  return { program: { kind: "uri", uri: server.url }, server };
}

function usage(message: string): MesoletError {
  return new MesoletError(message, ExitCode.usage);
}
