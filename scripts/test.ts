/**
 * Runs the tests: those of pure code, then those that need a container engine, on a private one. Fails also when
 * a test leaves anything behind.
 *
 * ```sh
 * deno task test                          # all
 * deno task test tests/engine --filter x  # paths and flags are passed on to `deno test`
 * ```
 *
 * `MESOLET_TEST_HOST` names an engine to use in place of a private one.
 */
import { messageOf } from "../src/pod/errors.ts";
import { systemClock } from "../src/pod/clock.ts";
import { Connection } from "../src/docker/connection.ts";
import { parseEngineAddress } from "../src/docker/engine_address.ts";
import { withEngine } from "./engine.ts";
import { busyboxImage, importBusybox } from "./engine/busybox_image.ts";
import { markedProcesses, takeInventory } from "./engine/inventory.ts";
import { installPackages } from "./engine/host_command.ts";
import { say } from "./engine/say.ts";
import { addCounts, type Counts, noCounts, readJunitCounts } from "./test/junit_counts.ts";
import { makeRunDirectory } from "./test/run_directory.ts";
import {
  findTestFiles,
  needsBrowser,
  needsEngine,
  needsProcesses,
  needsRegistry,
  needsShells,
  needsZookeeper,
} from "./test/test_files.ts";
import { zookeeperPackages } from "./test/zookeeper_packages.ts";

/**
 * What tests may do. Deno knows no list of programs or hosts that would be shorter than "all" for tests that run the
 * program, fake engines on any port and helpers from temporary directories; but no test may load native code.
 */
const permissions = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-net",
  "--allow-run",
  "--allow-sys",
];

/** Minutes that all tests of one kind may take: one that hangs must not hang the CI. */
const runBound = 30;

/** Deno gives /sys and /proc only to those who have everything: the tests that look at cgroups and processes. */
const allPermissions = ["--allow-all"];

/** Milliseconds that what a test started may take to be gone after the last test. */
const lastProcesses = 5000;

const { paths, flags } = splitArguments(Deno.args);
const files = await findTestFiles(paths);
const engineFiles = files.filter(needsEngine);
const otherFiles = files.filter((file) => !engineFiles.includes(file));
const processFiles = otherFiles.filter(needsProcesses);
const pureFiles = otherFiles.filter((file) => !processFiles.includes(file));

let counts: Counts = noCounts;
let failed = files.length === 0;
if (failed) say(`No test file matches ${paths.join(" ")}`);
const runDirectory = await makeRunDirectory(temporaryDirectory(), say);
try {
  if (files.some(needsShells)) await installPackages({ bash: "bash", fish: "fish", zsh: "zsh" });
  if (files.some(needsBrowser)) await installPackages({ chromium: "chromium" });
  if (files.some(needsRegistry)) {
    await installPackages({ "docker-registry": "docker-registry", openssl: "openssl" });
  }
  if (files.some(needsZookeeper)) await installPackages(zookeeperPackages);
  counts = addCounts(counts, await runTests(pureFiles, permissions, {}));
  counts = addCounts(counts, await runTests(processFiles, allPermissions, {}));
  if (engineFiles.length > 0) await withTestEngine(runEngineTests);
} catch (error) {
  say(messageOf(error));
  failed = true;
} finally {
  await runDirectory.remove();
}
await Deno.stdout.write(new TextEncoder().encode(`${counts.passed} passed, ${counts.failed} failed\n`));
Deno.exitCode = failed || counts.failed > 0 ? 1 : 0;

function splitArguments(all: readonly string[]): { readonly paths: string[]; readonly flags: string[] } {
  const paths: string[] = [];
  const flags: string[] = [];
  for (let index = 0; index < all.length; index++) {
    const argument = all[index] ?? "";
    if (argument === "--filter") flags.push(`--filter=${all[++index] ?? ""}`);
    else if (argument.startsWith("-")) flags.push(argument);
    else paths.push(argument);
  }
  return { paths, flags };
}

async function withTestEngine(work: (host: string) => Promise<void>): Promise<void> {
  const given = Deno.env.get("MESOLET_TEST_HOST");
  if (given !== undefined && given !== "") return await work(given);
  await withEngine(({ host }) => work(host), { alwaysPrivate: true });
}

async function runEngineTests(host: string): Promise<void> {
  const connection = new Connection(parseEngineAddress(host, "MESOLET_TEST_HOST"), { clock: systemClock });
  const images = await connection.request({
    method: "GET",
    path: `/images/${busyboxImage}/json`,
    call: "look for the busybox image",
    bound: 30_000,
    accept: [404],
  });
  if (images.status === 404) await importBusybox(connection);
  const before = await takeInventory(connection);
  counts = addCounts(counts, await runTests(engineFiles, allPermissions, { MESOLET_TEST_HOST: host }));
  tellLeft([...await takeInventory(connection)].filter((item) => !before.has(item)));
  connection.close();
}

function tellLeft(left: readonly string[]): void {
  if (left.length === 0) return;
  failed = true;
  say(`The tests left behind:\n${left.map((item) => `  ${item}`).join("\n")}`);
}

/** What still runs with a mark in its environment when it had its time to end. */
async function processesLeft(mark: string): Promise<string[]> {
  const deadline = systemClock.elapsed() + lastProcesses;
  for (;;) {
    const left = await markedProcesses(mark);
    if (left.length === 0 || systemClock.elapsed() > deadline) return left;
    await systemClock.sleep(50);
  }
}

function temporaryDirectory(): string {
  return Deno.env.get("TMPDIR") || "/tmp";
}

/** Runs test files in one process of Deno, two at a time, and counts what passed and failed. */
async function runTests(
  files: readonly string[],
  permissions: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Counts> {
  if (files.length === 0) return noCounts;
  const run = crypto.randomUUID();
  const report = `${runDirectory.path}/${run}.xml`;
  await Deno.writeTextFile(report, "");
  try {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "--quiet",
        "--node-modules-dir=manual",
        "--parallel",
        ...permissions,
        `--junit-path=${report}`,
        ...flags,
        ...files,
      ],
      env: {
        DENO_JOBS: "2",
        DENO_NO_UPDATE_CHECK: "1",
        TMPDIR: runDirectory.path,
        MESOLET_TEST_RUN: run,
        ...environment,
      },
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
      signal: AbortSignal.timeout(runBound * 60_000),
    }).spawn().status;
    const found = readJunitCounts(await Deno.readTextFile(report));
    // It fails without a failed test when a file does not compile, or something happened outside of a test.
    if (!success && found.failed === 0) failed = true;
    return found;
  } finally {
    tellLeft(await processesLeft(`MESOLET_TEST_RUN=${run}`));
  }
}
