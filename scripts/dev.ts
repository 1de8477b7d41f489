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
import { runCommand, withEngine } from "./engine.ts";
import { ensureBusybox } from "./engine/ensure_busybox.ts";
import { say } from "./engine/say.ts";

const [example = "web-cache-sidecar", ...words] = Deno.args;
const examples = `${root}examples`;

async function runExample(host: string): Promise<number> {
  const connection = new Connection(parseEngineAddress(host, "dev"), { clock: systemClock });
  try {
    await ensureBusybox(connection);
  } finally {
    connection.close();
  }
  const program = [
    "run",
    "-A",
    "--node-modules-dir=manual",
    `--config=${root}deno.json`,
    `${root}src/main.ts`,
  ];
  return await runCommand(host, [Deno.execPath(), ...program, "up", ...words], `${examples}/${example}`);
}

const known = [...Deno.readDirSync(examples)].map(({ name }) => name).sort();
if (!known.includes(example)) {
  say(`There is no example ${example}: choose one of ${known.join(", ")}`);
  Deno.exit(64);
}
try {
  Deno.exitCode = await withEngine(({ host }) => runExample(host));
} catch (error) {
  say(messageOf(error));
  Deno.exitCode = 69;
}
