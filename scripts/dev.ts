/**
 * `deno task dev`: runs the operator on the examples, on the engine that is there or on a private one. Ctrl-C stops the
 * pods; http://127.0.0.1:10280/ shows them.
 *
 * ```sh
 * deno task dev                    # every example is a pod: change one, and see
 * deno task dev init-then-serve    # one example alone, by `mesolet up`, with its logs
 * ```
 */
import { messageOf } from "../src/pod/errors.ts";
import { Connection } from "../src/docker/connection.ts";
import { parseEngineAddress } from "../src/docker/engine_address.ts";
import { systemClock } from "../src/pod/clock.ts";
import { root } from "./bundle.ts";
import { runCommand, withEngine } from "./engine.ts";
import { ensureBusybox } from "./engine/ensure_busybox.ts";
import { say } from "./engine/say.ts";

const [first = "", ...rest] = Deno.args;
const examples = `${root}examples`;

async function runExamples(host: string): Promise<number> {
  const connection = new Connection(parseEngineAddress(host, "dev"), { clock: systemClock });
  try {
    await ensureBusybox(connection);
  } finally {
    connection.close();
  }
  const program = [
    Deno.execPath(),
    "run",
    "-A",
    "--node-modules-dir=manual",
    `--config=${root}deno.json`,
    `${root}src/main.ts`,
  ];
  return isOne
    ? await runCommand(host, [...program, "up", ...rest], `${examples}/${first}`)
    : await runCommand(host, [...program, "operator", "--stop-pods", ...Deno.args, examples], root);
}

const isOne = first !== "" && !first.startsWith("-");
const known = [...Deno.readDirSync(examples)].map(({ name }) => name).sort();
if (isOne && !known.includes(first)) {
  say(`There is no example ${first}: choose one of ${known.join(", ")}`);
  Deno.exit(64);
}
try {
  Deno.exitCode = await withEngine(({ host, isPrivate }) => {
    if (isPrivate) say(`runs the pods on a private engine: in another terminal, export DOCKER_HOST=${host}`);
    return runExamples(host);
  });
} catch (error) {
  say(messageOf(error));
  Deno.exitCode = 69;
}
