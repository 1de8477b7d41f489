import {
  decodeChosen,
  decodeLaunch,
  decodeUpdate,
  encodeContainers,
  encodeStatistics,
  encodeTermination,
} from "../containerizer/codec.ts";
import { withLock } from "../containerizer/container_lock.ts";
import {
  type ContainerizerTools,
  destroyContainer,
  recoverContainers,
  startedContainers,
  updateContainer,
  usageOf,
  waitFor,
} from "../containerizer/containerizer.ts";
import { framed, readMessage } from "../containerizer/framing.ts";
import { denoSandboxFiles } from "../mesos/task/deno_sandbox_files.ts";
import { connectEngine } from "../docker/connect.ts";
import { lockPlace } from "../operator/operator_lock.ts";
import { ExitCode, UsageError } from "../pod/errors.ts";
import { present } from "../pod/present.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { warningLine } from "./error_report.ts";
import { policiesOfHost } from "./host_policies.ts";
import { hostUser } from "./host_user.ts";
import { programVersion } from "./program_version.ts";
import { withoutControls } from "./text_width.ts";

type ContainerizerInvocation = Invocation<Commands["containerizer"]["flags"]>;

/** What is done with the engine when the message is read. */
type Work = (tools: ContainerizerTools) => Promise<void>;

/** `mesolet containerizer`: one call of an agent of Mesos 0.19 to 1.0. */
export async function run(invocation: ContainerizerInvocation): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  const { clock, interrupts, variables, error, errorStyle } = context;
  const log = (text: string) => {
    if (globals.quiet) return;
    const isWarning = text.startsWith("warning: ");
    const line = withoutControls(isWarning ? text.slice("warning: ".length) : text);
    error.write(isWarning ? `${warningLine(line, errorStyle)}\n` : `mesolet: ${line}\n`);
  };
  // What is wrong with a message is told without an engine.
  const work = await workOf(positionals[0] ?? "", invocation, log);
  const engine = await connectEngine({
    host: globals.host,
    context: globals.context,
    environment: variables,
    clock,
    signal: interrupts.graceful,
  });
  try {
    await work({
      engine,
      clock,
      workDirectory: values.workDirectory ?? "",
      locks: `${lockPlace(variables, Deno.uid())}/containerizer`,
      log,
      signal: interrupts.graceful,
      immediate: interrupts.immediate,
    });
  } finally {
    engine.close();
  }
  return ExitCode.ok;
}

async function workOf(
  call: string,
  invocation: ContainerizerInvocation,
  log: (text: string) => void,
): Promise<Work> {
  const { values, context } = invocation;
  const message = async () => await readMessage(Deno.stdin);
  /** In one piece, at the very end. */
  const answer = async (bytes: Uint8Array) => {
    context.out.writeBytes(framed(bytes));
    await context.out.flush();
    return !context.out.closed.aborted;
  };
  switch (call) {
    case "launch":
      return await launchWork(await message(), invocation, log);
    case "update": {
      const update = decodeUpdate(await message());
      return (tools) =>
        withLock(tools.locks, update.containerId, "change", () => updateContainer(update, tools));
    }
    case "usage": {
      const id = decodeChosen(await message());
      return async (tools) => {
        await answer(
          encodeStatistics(await withLock(tools.locks, id, "look", () => usageOf(id, tools))),
        );
      };
    }
    case "wait": {
      const id = decodeChosen(await message());
      // It waits without the lock: what is waited for is changed and destroyed meanwhile.
      return (tools) => waitFor(id, tools, (termination) => answer(encodeTermination(termination)));
    }
    case "destroy": {
      const id = decodeChosen(await message());
      return (tools) =>
        withLock(tools.locks, id, "change", () => destroyContainer(id, tools, values.timeout));
    }
    case "recover":
      return recoverContainers;
    case "containers":
      return async (tools) => {
        await answer(encodeContainers(await startedContainers(tools)));
      };
    default:
      throw new UsageError(`There is no call ${JSON.stringify(call)} of a containerizer`);
  }
}

/** Loaded for launches alone: all that specs are made of comes with it. */
async function launchWork(
  message: Uint8Array,
  { globals, values, context }: ContainerizerInvocation,
  log: (text: string) => void,
): Promise<Work> {
  const launch = decodeLaunch(message);
  const [{ launchContainer }, { hostOf }, policies] = await Promise.all([
    import("../containerizer/launch.ts"),
    import("./pod_session.ts"),
    policiesOfHost({ file: globals.policy, tasks: { allow: values.allow, log } }),
  ]);
  const parameters = values.dockerArg.map((text) => {
    const [, key, value] = /^-*([a-z][a-z-]*)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      throw new UsageError(`--docker-arg takes KEY=VALUE, such as dns=10.0.0.1, not ${JSON.stringify(text)}`);
    }
    return { key, value };
  });
  const surroundings = {
    variables: context.variables,
    hostname: Deno.hostname(),
    policies,
    files: denoSandboxFiles,
    users: hostUser,
    parameters,
    ...present({ defaultImage: values.defaultImage, libexec: values.mesosLibexec }),
  };
  return (tools) =>
    withLock(tools.locks, launch.containerId, "change", () =>
      launchContainer(launch, {
        ...tools,
        surroundings,
        hostOf: (engine) => hostOf(engine, context),
        version: programVersion,
      }));
}
