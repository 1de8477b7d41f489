import { ExitCode, MesoletError } from "../pod/errors.ts";
import { openAgentSession } from "../mesos/executor/agent_session.ts";
import { runExecutor } from "../mesos/executor/executor.ts";
import { readExecutorEnvironment } from "../mesos/executor/executor_environment.ts";
import { executorTools } from "../mesos/executor/executor_tools.ts";
import { TaskPlugins } from "../mesos/executor/task_plugins.ts";
import type { OutputSink } from "../mesos/executor/merged_output.ts";
import { EngineReach } from "../mesos/executor/reach_engine.ts";
import { formatOwner } from "../mesos/reap/owner.ts";
import { ownerOfProcess } from "../mesos/reap/process_view.ts";
import { loadTls } from "../mesos/wire/tls_settings.ts";
import { registriesFor } from "../registry/digest_source.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { pluginsOfHost } from "./host_plugins.ts";
import { policiesOfHost } from "./host_policies.ts";
import { hostUser } from "./host_user.ts";
import type { Output } from "./output.ts";
import { programVersion } from "./program_version.ts";

const tokenVariable = "MESOS_EXECUTOR_AUTHENTICATION_TOKEN";

/** `mesolet executor`: the life of an executor under a Mesos agent. */
export async function run(invocation: Invocation<Commands["executor"]["flags"]>): Promise<number> {
  const { globals, values, positionals, context } = invocation;
  // Whoever has the token may speak for this executor: programs that we start must not inherit it.
  Deno.env.delete(tokenVariable);
  const { clock, variables, interrupts } = context;
  const environment = readExecutorEnvironment(variables, context.workingDirectory);
  const log = (text: string) => context.error.write(`mesolet: ${text}\n`);
  const { [tokenVariable]: _token, ...harmless } = variables;
  const reach = new EngineReach({
    clock,
    host: globals.host,
    context: globals.context,
    environment: harmless,
    ...(values.waitEngine === undefined ? {} : { patience: values.waitEngine * 1000 }),
    onWait: (reason) => log(`waiting for the engine: ${reason}`),
  });
  const tls = environment.tls === undefined ? undefined : await loadTls(environment.tls);
  const ending = new AbortController();
  const plugins = new TaskPlugins({
    plugins: () => pluginsOfHost({ directory: globals.plugins, context }),
    environment,
    log,
  });
  try {
    return await runExecutor({
      clock,
      shutdownGrace: environment.shutdownGrace,
      openSession: (onNotice) =>
        openAgentSession({
          environment,
          media: values.encoding === "json" ? "application/json" : "application/x-protobuf",
          ...(tls === undefined ? {} : { tls }),
          clock,
          random: Math.random,
          onNotice,
        }),
      toolsFor: executorTools({
        environment,
        words: positionals,
        clock,
        version: programVersion,
        reach,
        owner: ownerLabel(log),
        registriesOf: ({ facts }) => registriesFor({ environment: harmless, clock, engine: facts }),
        users: hostUser,
        plugins,
        policies: () => policiesOfHost({ file: globals.policy, tasks: { allow: values.allow, log } }),
        out: sinkOf(context.out),
        err: sinkOf(context.error),
        log,
        signal: ending.signal,
      }),
      answer: (data, tasks, session) => {
        import("../mesos/executor/answer_message.ts").then(({ answerMessage }) =>
          answerMessage(data, {
            clock,
            tasks: () => tasks,
            send: (bytes) => session.message(bytes),
            log,
            signal: ending.signal,
          })
        );
      },
      log,
      terminated: interrupts.graceful,
    });
  } finally {
    await plugins.tellOfShutdown(AbortSignal.any([ending.signal, interrupts.immediate]));
    ending.abort();
    await reach.close();
  }
}

/** The output of containers waits for its reader; our own lines do not. */
function sinkOf(output: Output): OutputSink {
  return {
    async write(bytes) {
      output.writeBytes(bytes);
      await output.ready();
    },
  };
}

/** The reaper tells by it whether this process is still there. Without one it asks the agent. */
function ownerLabel(log: (text: string) => void): string | undefined {
  try {
    return formatOwner(ownerOfProcess());
  } catch (error) {
    if (!(error instanceof MesoletError) || error.exitCode === ExitCode.software) throw error;
    log(`warning: ${error.message}; mesolet reap has to ask the agent for this executor`);
    return undefined;
  }
}
