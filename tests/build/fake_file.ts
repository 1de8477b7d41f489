import { ownTarget, type Target } from "../../scripts/build/runtimes.ts";
import { selfExtractingFile } from "../../scripts/build/self_extracting.ts";

/**
 * A runtime that runs the words behind the program's path as a command: what they see is what the real one would. Its
 * own path is in `RUNTIME`.
 */
const fakeRuntime = `#!/bin/sh
[ "$1" != --version ] || exit 0
while [ "\${1%/mesolet.js}" = "$1" ]; do shift; done
shift
RUNTIME=$0 exec "$@"
`;

/** A self-extracting file with a small stand-in for its runtime. */
export async function fakeFile(
  { program = "// the program\n", target = ownTarget() ?? "x64" }: {
    readonly program?: string;
    readonly target?: Target;
  } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return await selfExtractingFile({
    version: "0.0.1",
    target,
    runtime: encoder.encode(fakeRuntime),
    program: encoder.encode(program),
  });
}

/** What a script printed, and how it ended. */
export interface ScriptResult {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A user of the host who is nobody in particular, and another one. */
export const nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups";
export const stranger = "setpriv --reuid 4321 --regid 4321 --clear-groups";

/**
 * Runs a script as root on a host of its own: all places for the cache are empty file systems that go with the script.
 * `/mnt/mesolet` is a file to try, and there is no variable but `PATH`.
 */
export async function onFreshHost(script: string, file?: Uint8Array<ArrayBuffer>): Promise<ScriptResult> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-build-" });
  try {
    await Deno.chmod(directory, 0o755);
    await Deno.writeFile(`${directory}/mesolet`, file ?? await fakeFile(), { mode: 0o755 });
    await Deno.chmod(`${directory}/mesolet`, 0o755);
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: ["--mount", "sh", "-c", `set -e\n${freshHost}\n${script}`, directory],
      clearEnv: true,
      env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), error: decoder.decode(stderr) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const freshHost = `
mount --bind "$0" /mnt
mount -t tmpfs -o mode=755 none /var/cache
for place in /var/tmp /tmp /dev/shm; do mount -t tmpfs -o mode=1777 none $place; done
cd /
`;
