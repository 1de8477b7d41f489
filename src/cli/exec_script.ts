import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { ExecutorCommand } from "../mesos/agent_sessions/session_messages.ts";

/** What is to be run beside an executor. */
export interface ExecScript {
  /** How the agent was told to start the executor. */
  readonly command: ExecutorCommand;
  /** SHA-256 of this very program, in hexadecimal, where it is one file. */
  readonly ownChecksum: string | undefined;
  /** Arguments of the program. */
  readonly words: readonly string[];
}

/**
 * A script for `/bin/sh` on an agent, in the sandbox of an executor: the program that the executor is runs with these
 * arguments. Containers may write to the sandbox, and the session has the rights of the agent: so the program out of
 * there is run from a copy that nobody else may write, and only if it has the checksum that was fetched.
 *
 * @throws {MesoletError} the checksum of the program is not known
 */
export function execScript({ command, ownChecksum, words }: ExecScript): string {
  const quoted = words.map(quote).join(" ");
  const first = ["unset MESOS_EXECUTOR_ID MESOS_EXECUTOR_AUTHENTICATION_TOKEN MESOLET_OPERATOR"];
  const { program } = command;
  if (program !== undefined) return [...first, `exec ${quote(program)} ${quoted}`].join("\n");
  const checksum = command.uris.map(checksumIn).find((sum) => sum !== undefined) ?? ownChecksum;
  if (checksum === undefined) {
    throw new MesoletError(
      "Cannot tell whether the program in the sandbox is the one that was fetched: its URI has no checksum in it. Use " +
        "the program as one file and of the operator's version, or let the operator serve it",
      ExitCode.configuration,
    );
  }
  return [
    ...first,
    "umask 077",
    `fail() { echo "mesolet: $1" >&2; exit ${ExitCode.osError}; }`,
    `place=\${MESOLET_CACHE_DIR:-/var/tmp}/mesolet-exec-$(id -u)`,
    'mkdir "$place" 2>/dev/null',
    '[ -d "$place" ] && [ ! -L "$place" ] && [ -O "$place" ] || fail "$place is no directory of our own"',
    `program=$place/${checksum}`,
    'if [ ! -x "$program" ]; then',
    `  [ -f ./${fetchedName} ] || fail "there is no program in the sandbox"`,
    '  find "$place" -type f -mtime +30 -exec rm -f {} + 2>/dev/null',
    '  new=$(mktemp "$place/new.XXXXXX") || fail "$place cannot be written"',
    `  cat ./${fetchedName} >"$new" || fail "$place cannot be written"`,
    `  case $(sha256sum <"$new") in ${checksum}*) ;; *) rm -f "$new"; fail ` +
    '"the program in the sandbox is not the one that was fetched: a container may have changed it" ;; esac',
    '  chmod 700 "$new" && mv -f "$new" "$program"',
    "fi",
    `exec "$program" ${quoted}`,
  ].join("\n");
}

/** What the fetched program is called in the sandbox. */
const fetchedName = "mesolet";

/** A program's URI has the beginning of its SHA-256 at its end (`framework/serve/program_server.ts`). */
function checksumIn(uri: string): string | undefined {
  return /\/mesolet-[^/]*-([0-9a-f]{16,64})$/.exec(uri)?.[1];
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
