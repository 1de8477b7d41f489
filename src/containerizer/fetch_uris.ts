import type { CommandInfoURI } from "../mesos/wire/messages.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";

/** What is to be fetched, and by whom. */
export interface FetchRequest {
  readonly uris: readonly CommandInfoURI[];
  /** The sandbox. */
  readonly directory: string;
  readonly user?: string;
  /** Where Mesos has its own programs, `mesos-fetcher` among them. */
  readonly libexec?: string;
  /** Of this process: the fetcher looks for Hadoop in them. */
  readonly variables: Readonly<Record<string, string>>;
  /** Is told what the fetcher prints. */
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Has the agent's own fetcher bring URIs into the sandbox: an agent leaves that to external containerizer programs.
 *
 * @throws {MesoletError} where there is no fetcher, or it fails
 */
export async function fetchUris(request: FetchRequest): Promise<void> {
  const { uris, libexec, variables, signal, log } = request;
  if (uris.length === 0) return;
  if (libexec === undefined) {
    throw new MesoletError(
      `There are ${uris.length} URIs to fetch, and where mesos-fetcher is nobody says: set MESOS_LIBEXEC_DIRECTORY, or ` +
        "give --mesos-libexec",
      ExitCode.configuration,
    );
  }
  const program = `${libexec.replace(/\/+$/, "")}/mesos-fetcher`;
  let result: Deno.CommandOutput;
  try {
    result = await new Deno.Command(program, {
      cwd: request.directory,
      clearEnv: true,
      env: { ...variables, ...fetcherVariables(request) },
      stdin: "null",
      // Standard output is for messages alone.
      stdout: "piped",
      stderr: "piped",
      signal,
    }).output();
  } catch (cause) {
    signal.throwIfAborted();
    throw new MesoletError(`Cannot run ${program}: ${messageOf(cause)}`, ExitCode.osError, { cause });
  }
  signal.throwIfAborted();
  for (const bytes of [result.stdout, result.stderr]) {
    const text = new TextDecoder().decode(bytes).trim();
    if (text !== "") log(text);
  }
  if (result.success) return;
  throw new MesoletError(
    `Cannot fetch ${
      uris.map(({ value }) => value).join(", ")
    }: ${program} ended with exit code ${result.code}`,
    ExitCode.failed,
  );
}

/**
 * What a fetcher is told: each version of Mesos reads its own and passes over the others. Up to 0.21
 * `MESOS_EXECUTOR_URIS`, in 0.22 `command_info`, later `items`. Source: `fetcher.proto` and `fetcher.cpp` of each.
 */
export function fetcherVariables(
  { uris, directory, user }: Pick<FetchRequest, "uris" | "directory" | "user">,
): Record<string, string> {
  const flags = ({ executable = false, extract = true }: CommandInfoURI) =>
    `+${executable ? 1 : 0}${extract ? "X" : "N"}`;
  const ofUser = user === undefined ? {} : { user };
  return {
    MESOS_EXECUTOR_URIS: uris.map((uri) => `${uri.value}${flags(uri)}`).join(" "),
    MESOS_WORK_DIRECTORY: directory,
    ...(user === undefined ? {} : { MESOS_USER: user }),
    MESOS_FETCHER_INFO: JSON.stringify({
      command_info: { value: "", uris },
      work_directory: directory,
      sandbox_directory: directory,
      items: uris.map((uri) => ({ uri, action: "BYPASS_CACHE" })),
      ...ofUser,
    }),
  };
}
