import type { CommandInfo } from "../../../src/mesos/wire/messages.ts";
import { durationText } from "./durations.ts";

/** What an agent knows when it starts an executor. Times in milliseconds. */
export interface StartingPoint {
  readonly frameworkId: string;
  readonly executorId: string;
  readonly agentId: string;
  readonly ip: string;
  readonly port: number;
  readonly sandbox: string;
  readonly checkpoint: boolean;
  readonly recoveryTimeout: number;
  readonly subscriptionBackoffMax: number;
  readonly shutdownGrace: number;
  readonly token?: string;
  readonly domainSocket?: string;
  /** What `--executor_environment_variables` adds. */
  readonly additional: Readonly<Record<string, string>>;
  readonly command: CommandInfo;
}

/** The whole environment of an executor: nothing of the agent's own is inherited. The shell adds `PWD`. */
export function givenEnvironment(point: StartingPoint): Readonly<Record<string, string>> {
  const address = `${point.ip}:${point.port}`;
  const ofCommand = (point.command.environment?.variables ?? [])
    .flatMap(({ name, value }) => value === undefined ? [] : [[name, value] as const]);
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LIBPROCESS_IP: point.ip,
    LIBPROCESS_PORT: "0",
    ...point.additional,
    MESOS_AGENT_ENDPOINT: address,
    MESOS_CHECKPOINT: point.checkpoint ? "1" : "0",
    MESOS_DIRECTORY: point.sandbox,
    ...(point.domainSocket === undefined ? {} : { MESOS_DOMAIN_SOCKET: point.domainSocket }),
    ...(point.token === undefined ? {} : { MESOS_EXECUTOR_AUTHENTICATION_TOKEN: point.token }),
    MESOS_EXECUTOR_ID: point.executorId,
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: durationText(point.shutdownGrace),
    MESOS_FRAMEWORK_ID: point.frameworkId,
    MESOS_HTTP_COMMAND_EXECUTOR: "0",
    ...(point.checkpoint
      ? {
        MESOS_RECOVERY_TIMEOUT: durationText(point.recoveryTimeout),
        MESOS_SUBSCRIPTION_BACKOFF_MAX: durationText(point.subscriptionBackoffMax),
      }
      : {}),
    MESOS_SANDBOX: point.sandbox,
    MESOS_SLAVE_ID: point.agentId,
    MESOS_SLAVE_PID: `slave(1)@${address}`,
    ...Object.fromEntries(ofCommand),
  };
}
