/**
 * `deno task dev`: runs an example pod in the foreground, on the engine that is there or on a private one.
 *
 * ```sh
 * deno task dev                    # examples/web-cache-sidecar
 * deno task dev init-then-serve    # another example
 * ```
 */
import { Connection } from "../src/docker/connection.ts";
import { parseEngineAddress } from "../src/docker/engine_address.ts";
import { messageOf } from "../src/docker/engine_error.ts";
import { systemClock } from "../src/pod/clock.ts";
import { root } from "./bundle.ts";
import { withEngine } from "./engine.ts";
import { ensureBusybox } from "./engine/ensure_busybox.ts";
import { say } from "./engine/say.ts";

const [example = "web-cache-sidecar", ...words] = Deno.args;

/** Ctrl-C reaches the program through the terminal as well: here it is only waited for. */
async function runExample(host: string): Promise<number> {
  const connection = new Connection(parseEngineAddress(host, "dev"), { clock: systemClock });
  try {
    await ensureBusybox(connection);
  } finally {
    connection.close();
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--node-modules-dir=manual",
      `--config=${root}deno.json`,
      `${root}src/main.ts`,
      "up",
      ...words,
    ],
    cwd: `${root}examples/${example}`,
    env: { DOCKER_HOST: host, DENO_NO_UPDATE_CHECK: "1" },
  }).spawn();
  const onInterrupt = () => {};
  const onTerminate = () => child.kill("SIGTERM");
  Deno.addSignalListener("SIGINT", onInterrupt);
  Deno.addSignalListener("SIGTERM", onTerminate);
  try {
    return (await child.status).code;
  } finally {
    Deno.removeSignalListener("SIGINT", onInterrupt);
    Deno.removeSignalListener("SIGTERM", onTerminate);
  }
}

try {
  Deno.exitCode = await withEngine(({ host }) => runExample(host));
} catch (error) {
  say(messageOf(error));
  Deno.exitCode = 69;
}
