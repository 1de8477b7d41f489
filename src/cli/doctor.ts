import { cgroupHostOfProcess, cgroupsUsable } from "../docker/cgroup.ts";
import { connectEngine } from "../docker/connect.ts";
import { Connection } from "../docker/connection.ts";
import { formatEngineAddress } from "../docker/engine_address.ts";
import { engineCandidates, surroundingsOfProcess } from "../docker/find_engine.ts";
import { listOf, objectOf, textOf } from "../docker/json.ts";
import { TimeBounds } from "../docker/time_bounds.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import { Label, sharedNetworkName } from "../pod/labels.ts";
import type { EngineFacts } from "../plan/observed.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import {
  judgeCgroups,
  judgeClock,
  judgeEngine,
  judgeInventory,
  judgeKernel,
  judgeSharedNetwork,
  judgeSpace,
} from "./doctor_checks.ts";
import { type Finding, findingLines } from "./doctor_finding.ts";
import { configuredRegistries, imageRegistries, specOf } from "./doctor_registries.ts";
import type { GlobalValues } from "./global_flags.ts";

/** `mesolet doctor`: exits with 1 when something fails. */
export async function run(invocation: Invocation<Commands["doctor"]["flags"]>): Promise<number> {
  const { globals, values, context } = invocation;
  const findings = await checkHost(globals, context, await specOf(globals, context));
  context.out.write(
    values.format === "json"
      ? `${JSON.stringify(findings, null, 2)}\n`
      : `${findingLines(findings, context.outStyle).join("\n")}\n`,
  );
  return findings.some(({ verdict }) => verdict === "fail") ? ExitCode.failed : ExitCode.ok;
}

/** All checks of this host, and of the images of a spec where there is one. */
export async function checkHost(
  globals: GlobalValues,
  context: CommandContext,
  spec: { readonly images: readonly string[]; readonly findings: readonly Finding[] } = noSpec,
): Promise<Finding[]> {
  return [
    ...await engineFindings(globals, context, spec.images),
    ...spec.findings,
    ...await configuredRegistries(context, spec.images),
  ];
}

const noSpec = { images: [], findings: [] };

async function engineFindings(
  globals: GlobalValues,
  context: CommandContext,
  images: readonly string[],
): Promise<Finding[]> {
  const environment = context.variables;
  const { host: named, context: dockerContext } = globals;
  const signal = context.interrupts.graceful;
  let facts: EngineFacts;
  try {
    const engine = await connectEngine({
      host: named,
      context: dockerContext,
      environment,
      clock: context.clock,
      signal,
    });
    facts = engine.facts;
    engine.close();
  } catch (error) {
    if (!(error instanceof MesoletError) || signal.aborted) throw error;
    return [{
      name: "engine",
      verdict: "fail",
      message: error.message.replaceAll("\n", "; "),
      mend: "start an engine, or name one: DOCKER_HOST, --host, --context",
    }];
  }
  const found = await answering(globals, context, environment);
  if (found === undefined) return judgeEngine(facts, "an address that changed meanwhile", "found by itself");
  const { connection, from } = found;
  try {
    const before = context.clock.now();
    const info = await read(connection, "/info", "read the engine's facts", signal);
    const askedAt = (before + context.clock.now()) / 2;
    const root = textOf(objectOf(info).DockerRootDir) || "the engine's root";
    const host = cgroupHostOfProcess(context.clock);
    const networks = await read(connection, "/networks", "list networks", signal);
    const shared = await read(
      connection,
      `/networks/${sharedNetworkName}`,
      "inspect the shared network",
      signal,
    );
    return [
      ...judgeEngine(facts, formatEngineAddress(connection.address), from),
      judgeCgroups(facts, await cgroupsUsable(facts, host), await isWritable(host.root)),
      judgeSpace(root, facts.local ? await spaceOf(root) : undefined),
      judgeInventory(info),
      ...judgeSharedNetwork(shared, Label.pod, listOf(networks).length),
      ...judgeKernel(info),
      judgeClock(info, askedAt),
      ...await imageRegistries(images, connection, context),
    ];
  } finally {
    connection.close();
  }
}

/** A connection of our own for questions that no command but this one asks. */
async function answering(
  globals: GlobalValues,
  context: CommandContext,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly connection: Connection; readonly from: string } | undefined> {
  const surroundings = surroundingsOfProcess(environment);
  for (const { address, security, from } of await engineCandidates(globals, surroundings)) {
    const connection = new Connection(address, { clock: context.clock, security });
    try {
      await read(connection, "/_ping", "reach the engine", context.interrupts.graceful);
      return { connection, from };
    } catch (error) {
      connection.close();
      if (!(error instanceof MesoletError)) throw error;
    }
  }
  return undefined;
}

async function read(
  connection: Connection,
  path: string,
  call: string,
  signal: AbortSignal,
): Promise<unknown> {
  const answer = await connection.request({
    method: "GET",
    path,
    call,
    bound: TimeBounds.read,
    accept: [404],
    signal,
  });
  return answer.status === 404 ? null : answer.body;
}

/** Bytes below a directory of this host; undefined where it cannot be seen. */
async function spaceOf(
  path: string,
): Promise<{ readonly free: number; readonly total: number; readonly freeInodes: number } | undefined> {
  try {
    const { statfs } = await import("node:fs/promises");
    const { bavail, blocks, bsize, ffree } = await statfs(path);
    return { free: bavail * bsize, total: blocks * bsize, freeInodes: ffree };
  } catch {
    return undefined;
  }
}

/** Whether we may make cgroups: only root may, unless a tree was handed to the user. */
async function isWritable(root: string): Promise<boolean> {
  try {
    const information = await Deno.lstat(root);
    return information.isDirectory && Deno.uid() === 0;
  } catch {
    return false;
  }
}
