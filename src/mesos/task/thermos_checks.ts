/** What Thermos asks a task by HTTP, in terms of Mesos and of `x-pod`: its health check, and its end. */

import type { HealthCheck } from "../wire/messages.ts";
import { bindThermos, type ThermosBindings } from "./thermos_bindings.ts";
import type { ThermosFields, ThermosReader } from "./thermos_reader.ts";

const config = "health_check_config";

/**
 * The health check of a job. By HTTP there is one where the job has a port of the name `health`, as Aurora has it; its
 * older form has all in one mapping.
 */
export function healthCheckOf(
  value: unknown,
  bindings: ThermosBindings,
  reader: ThermosReader,
): HealthCheck | undefined {
  const fields = reader.fields(value, config);
  reader.expect(config, fields, [
    "health_checker",
    "initial_interval_secs",
    "interval_secs",
    "max_consecutive_failures",
    "min_consecutive_successes",
    "timeout_secs",
    "endpoint",
    "expected_response",
    "expected_response_code",
    "shell_command",
    "type",
  ]);
  const number = (name: string, otherwise: number) =>
    reader.number(fields[name], `${config}.${name}`) ?? otherwise;
  const times = {
    interval_seconds: number("interval_secs", 10),
    timeout_seconds: number("timeout_secs", 20),
    // Aurora counts those that may fail, Mesos those that end the task.
    consecutive_failures: number("max_consecutive_failures", 0) + 1,
    grace_period_seconds: number("initial_interval_secs", 15),
    delay_seconds: 0,
  };
  if (number("min_consecutive_successes", 1) > 1) {
    reader.warning(`${config}.min_consecutive_successes`, "has no effect: one success is enough");
  }
  const checker = reader.fields(fields["health_checker"], `${config}.health_checker`);
  reader.expect(`${config}.health_checker`, checker, ["http", "shell"]);
  const command = reader.text(
    reader.fields(checker["shell"], `${config}.health_checker.shell`)["shell_command"] ??
      fields["shell_command"],
    `${config}.shell_command`,
  );
  if (command !== undefined) {
    const bound = bindThermos(
      command,
      bindings,
      (written, why) => reader.error(`${config}.shell_command`, `${written}: ${why}`),
    );
    return { type: "COMMAND", command: { value: bound, shell: true }, ...times };
  }
  const port = bindings.ports.get("health");
  if (port === undefined) return undefined;
  const inNewForm = checker["http"] !== undefined;
  const path = inNewForm ? `${config}.health_checker.http` : config;
  return {
    type: "HTTP",
    http: httpOf(inNewForm ? reader.fields(checker["http"], path) : fields, path, port, reader),
    ...times,
  };
}

function httpOf(
  fields: ThermosFields,
  path: string,
  port: number,
  reader: ThermosReader,
): NonNullable<HealthCheck["http"]> {
  const text = reader.text(fields["expected_response"], `${path}.expected_response`);
  if (text !== undefined && text !== "") {
    reader.warning(
      `${path}.expected_response`,
      "has no effect: the status of the answer decides, not its text",
    );
  }
  const code = reader.number(fields["expected_response_code"], `${path}.expected_response_code`) ?? 0;
  return {
    port,
    path: reader.text(fields["endpoint"], `${path}.endpoint`) ?? "/health",
    scheme: "http",
    ...(code === 0 ? {} : { statuses: [code] }),
  };
}

/**
 * `x-pod.http_lifecycle` of a job's lifecycle. Undefined where the job has no port of that name: then Thermos asks
 * nobody either.
 */
export function httpLifecycleOf(
  value: unknown,
  { ports }: ThermosBindings,
  reader: ThermosReader,
): Readonly<Record<string, unknown>> | undefined {
  const lifecycle = reader.fields(value, "lifecycle");
  reader.expect("lifecycle", lifecycle, ["http"]);
  if (lifecycle["http"] === undefined || lifecycle["http"] === null) return undefined;
  const path = "lifecycle.http";
  const http = reader.fields(lifecycle["http"], path);
  reader.expect(path, http, [
    "port",
    "graceful_shutdown_endpoint",
    "shutdown_endpoint",
    "graceful_shutdown_wait_secs",
    "shutdown_wait_secs",
  ]);
  const name = reader.text(http["port"], `${path}.port`) ?? "health";
  const port = ports.get(name);
  if (port === undefined) {
    if (http["port"] !== undefined && name !== "health") {
      reader.warning(`${path}.port`, `has no effect: the task has no port ${name}`);
    }
    return undefined;
  }
  const request = (endpoint: string, wait: string, otherwise: string) => ({
    path: reader.text(http[endpoint], `${path}.${endpoint}`) ?? otherwise,
    wait: `${reader.number(http[wait], `${path}.${wait}`) ?? 5}s`,
  });
  return {
    port,
    requests: [
      request("graceful_shutdown_endpoint", "graceful_shutdown_wait_secs", "/quitquitquit"),
      request("shutdown_endpoint", "shutdown_wait_secs", "/abortabortabort"),
    ],
  };
}
