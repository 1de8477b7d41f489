import { ExitCode, MesoletError } from "../../pod/errors.ts";
import { present } from "../../pod/present.ts";
import { type Endpoint, executorEndpoint } from "../wire/agent_address.ts";
import { parseMesosDuration } from "../wire/mesos_duration.ts";
import { readTlsSettings, type TlsSettings } from "../wire/tls_settings.ts";

/** What an agent tells the executor that it starts. Times are milliseconds. */
export interface ExecutorEnvironment {
  readonly frameworkId: string;
  readonly executorId: string;
  readonly agentId?: string;
  /** Where calls go. */
  readonly endpoint: Endpoint;
  /** Absent: the agent does not speak TLS. */
  readonly tls?: TlsSettings;
  /** What proves to the agent who calls. It belongs in that one header only: whoever has it may speak for the executor. */
  readonly token?: string;
  /** The sandbox as this process sees it. */
  readonly sandbox: string;
  /** The sandbox as the container engine sees it: for sources of bind mounts. */
  readonly sandboxOnHost: string;
  /** The agent writes down what it needs to take this executor back after a restart. */
  readonly checkpoint: boolean;
  /** How long an agent that is gone is waited for. 0 without checkpointing. */
  readonly recoveryTimeout: number;
  /** The longest pause between attempts to subscribe again. 0 without checkpointing. */
  readonly subscriptionBackoffMax: number;
  /** From SHUTDOWN until the agent kills this process. */
  readonly shutdownGrace: number;
  /** A test of Mesos itself: the executor does not end itself when the agent is gone. */
  readonly local: boolean;
  /** For containers, hooks and interpolation: the variables that are not about the executor itself. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What is meant for this process: its agent, its engine, its runtime. A task may set them for its containers itself. */
const notForContainers =
  /^(?:MESOS_|LIBPROCESS_|SSL_|DENO_|DOCKER_)|^(?:PATH|PWD|HOME|TERM|MESOLET_WAIT_ENGINE)$/;

/**
 * Reads the environment of an executor (Mesos docs, "Executor HTTP API": environment variables). It changes nothing:
 * the caller takes the token out of the environment of the process.
 *
 * @param workingDirectory the sandbox, should no variable name it
 * @throws {MesoletError} exit code 78, with one line for each variable that is missing or cannot be read
 */
export function readExecutorEnvironment(
  variables: Readonly<Record<string, string>>,
  workingDirectory: string,
): ExecutorEnvironment {
  const reader = new VariableReader(variables);
  const checkpoint = reader.flag("MESOS_CHECKPOINT");
  const tls = reader.attempt(() => readTlsSettings(variables));
  const endpoint = reader.attempt(() => executorEndpoint(variables, tls !== undefined));
  const duration = (name: string) => reader.duration(name);
  const environment = {
    frameworkId: reader.text("MESOS_FRAMEWORK_ID"),
    executorId: reader.text("MESOS_EXECUTOR_ID"),
    shutdownGrace: duration("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"),
    recoveryTimeout: checkpoint ? duration("MESOS_RECOVERY_TIMEOUT") : 0,
    subscriptionBackoffMax: checkpoint ? duration("MESOS_SUBSCRIPTION_BACKOFF_MAX") : 0,
    ...present({
      agentId: reader.find("MESOS_SLAVE_ID"),
      token: reader.token("MESOS_EXECUTOR_AUTHENTICATION_TOKEN"),
      tls,
    }),
  };
  reader.throwProblems();
  // Without a problem there is an endpoint.
  if (endpoint === undefined) throw new MesoletError("The agent has no endpoint", ExitCode.software);
  const directory = reader.find("MESOS_DIRECTORY");
  const sandbox = reader.find("MESOS_SANDBOX") ?? directory ?? workingDirectory;
  return {
    ...environment,
    endpoint,
    sandbox,
    sandboxOnHost: directory ?? sandbox,
    checkpoint,
    local: !["", "0", "false"].includes(variables.MESOS_LOCAL ?? ""),
    variables: Object.fromEntries(
      Object.entries(variables).filter(([name]) => !notForContainers.test(name)),
    ),
  };
}

/** Reads variables and collects what is wrong with them, so that it is told all at once. */
class VariableReader {
  readonly #problems: string[] = [];

  constructor(readonly variables: Readonly<Record<string, string>>) {}

  throwProblems(): void {
    if (this.#problems.length === 0) return;
    throw new MesoletError(this.#problems.join("\n"), ExitCode.configuration);
  }

  /** An empty variable counts as none. */
  find(name: string): string | undefined {
    const value = this.variables[name];
    return value === "" ? undefined : value;
  }

  text(name: string): string {
    const value = this.find(name);
    if (value === undefined) {
      this.#problems.push(`${name} is not set. An agent sets it for its executors: start this as one`);
    }
    return value ?? "";
  }

  duration(name: string): number {
    const text = this.text(name);
    return text === "" ? 0 : this.attempt(() => parseMesosDuration(text, name)) ?? 0;
  }

  flag(name: string): boolean {
    const value = this.find(name) ?? "0";
    if (value !== "0" && value !== "1") {
      this.#problems.push(`${name} is ${JSON.stringify(value)}. Set it to 1 or 0`);
    }
    return value === "1";
  }

  /** What is wrong with a token is said without showing it. */
  token(name: string): string | undefined {
    const value = this.find(name);
    if (value === undefined || /^[\x21-\x7e]+$/.test(value)) return value;
    this.#problems.push(`${name} has characters that no token has. The agent sets it: do not change it`);
    return undefined;
  }

  attempt<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof MesoletError)) throw error;
      this.#problems.push(...error.message.split("\n"));
      return undefined;
    }
  }
}
