import { assertEquals, assertThrows } from "../../support/assert.ts";
import { ExitCode, MesoletError } from "../../../src/pod/errors.ts";
import { readExecutorEnvironment } from "../../../src/mesos/executor/executor_environment.ts";

/** As an agent with checkpointing gives it. */
const given: Readonly<Record<string, string>> = {
  LIBPROCESS_IP: "127.0.0.1",
  LIBPROCESS_PORT: "0",
  MESOS_AGENT_ENDPOINT: "127.0.0.1:5051",
  MESOS_CHECKPOINT: "1",
  MESOS_DIRECTORY: "/var/lib/mesos/slaves/S0/runs/1",
  MESOS_EXECUTOR_ID: "e1",
  MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: "12500ms",
  MESOS_FRAMEWORK_ID: "f-0002",
  MESOS_HTTP_COMMAND_EXECUTOR: "0",
  MESOS_RECOVERY_TIMEOUT: "15mins",
  MESOS_SANDBOX: "/mnt/mesos/sandbox",
  MESOS_SLAVE_ID: "S0",
  MESOS_SLAVE_PID: "slave(1)@127.0.0.1:5051",
  MESOS_SUBSCRIPTION_BACKOFF_MAX: "2secs",
  PATH: "/usr/bin:/bin",
  PWD: "/var/lib/mesos/slaves/S0/runs/1",
};

function without(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !names.includes(name)));
}

Deno.test("the environment that an agent gives is read", () => {
  const environment = readExecutorEnvironment({
    ...given,
    MESOS_EXECUTOR_AUTHENTICATION_TOKEN: "head.body.signature",
    COLOUR: "blue",
    SSL_ENABLED: "false",
    DOCKER_HOST: "unix:///run/podman/podman.sock",
    MESOLET_WAIT_ENGINE: "120",
    DENO_DIR: "/tmp",
    HOME: "/root",
    TERM: "dumb",
    PORT0: "31000",
  }, "/");
  assertEquals(environment, {
    frameworkId: "f-0002",
    executorId: "e1",
    agentId: "S0",
    token: "head.body.signature",
    endpoint: { kind: "tcp", secure: false, hostname: "127.0.0.1", port: 5051, path: "/api/v1/executor" },
    sandbox: "/mnt/mesos/sandbox",
    sandboxOnHost: "/var/lib/mesos/slaves/S0/runs/1",
    checkpoint: true,
    recoveryTimeout: 900_000,
    subscriptionBackoffMax: 2_000,
    shutdownGrace: 12_500,
    local: false,
    variables: { COLOUR: "blue", PORT0: "31000" },
  });
});

Deno.test("without checkpointing an agent gives no times of recovery", () => {
  const environment = readExecutorEnvironment({
    ...without("MESOS_RECOVERY_TIMEOUT", "MESOS_SUBSCRIPTION_BACKOFF_MAX"),
    MESOS_CHECKPOINT: "0",
    MESOS_LOCAL: "1",
  }, "/");
  assertEquals(
    [
      environment.checkpoint,
      environment.recoveryTimeout,
      environment.subscriptionBackoffMax,
      environment.local,
    ],
    [false, 0, 0, true],
  );
});

Deno.test("the sandbox is where the agent says, else where the process was started", () => {
  const directories = (variables: Record<string, string>) => {
    const { sandbox, sandboxOnHost } = readExecutorEnvironment(variables, "/work");
    return [sandbox, sandboxOnHost];
  };
  const host = "/var/lib/mesos/slaves/S0/runs/1";
  assertEquals(directories(without("MESOS_SANDBOX")), [host, host]);
  assertEquals(directories(without("MESOS_DIRECTORY")), ["/mnt/mesos/sandbox", "/mnt/mesos/sandbox"]);
  assertEquals(directories(without("MESOS_SANDBOX", "MESOS_DIRECTORY")), ["/work", "/work"]);
});

Deno.test("the agent is found by its endpoint, its process id or its socket, and by TLS where that is on", () => {
  const endpoint = (variables: Record<string, string>) => readExecutorEnvironment(variables, "/").endpoint;
  assertEquals(endpoint(without("MESOS_AGENT_ENDPOINT")), {
    kind: "tcp",
    secure: false,
    hostname: "127.0.0.1",
    port: 5051,
    path: "/api/v1/executor",
  });
  assertEquals(
    endpoint({
      ...given,
      MESOS_DOMAIN_SOCKET: "/run/agent.sock",
      MESOS_SLAVE_PID: "slave(2)@127.0.0.1:5051",
    }),
    { kind: "unix", socket: "/run/agent.sock", path: "/slave(2)/api/v1/executor" },
  );
  const secure = readExecutorEnvironment({ ...given, LIBPROCESS_SSL_ENABLED: "true" }, "/");
  assertEquals(secure.endpoint.kind === "tcp" && secure.endpoint.secure, true);
  assertEquals(secure.tls, { verify: false });
});

Deno.test("all that is wrong is told at once, a line each", () => {
  const error = assertThrows(() =>
    readExecutorEnvironment({
      ...without("MESOS_FRAMEWORK_ID", "MESOS_RECOVERY_TIMEOUT", "MESOS_AGENT_ENDPOINT", "MESOS_SLAVE_PID"),
      MESOS_EXECUTOR_ID: "",
      MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: "5",
      LIBPROCESS_SSL_ENABLED: "perhaps",
    }, "/"), MesoletError);
  assertEquals(error.exitCode, ExitCode.configuration);
  const unset = (name: string) => `${name} is not set. An agent sets it for its executors: start this as one`;
  assertEquals(error.message.split("\n"), [
    'LIBPROCESS_SSL_ENABLED is "perhaps". Set it to true, 1, false or 0',
    unset("MESOS_SLAVE_PID"),
    unset("MESOS_FRAMEWORK_ID"),
    unset("MESOS_EXECUTOR_ID"),
    'MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD is "5", which is no length of time. ' +
    "Write a number and one of ns, us, ms, secs, mins, hrs, days, weeks: 5secs",
    unset("MESOS_RECOVERY_TIMEOUT"),
  ]);
});

Deno.test("a variable that is not as an agent writes it is refused", () => {
  const message = (name: string, value: string) =>
    assertThrows(() => readExecutorEnvironment({ ...given, [name]: value }, "/"), MesoletError).message;
  assertEquals(message("MESOS_CHECKPOINT", "yes"), 'MESOS_CHECKPOINT is "yes". Set it to 1 or 0');
  const aboutToken = message("MESOS_EXECUTOR_AUTHENTICATION_TOKEN", "secret\nword");
  assertEquals(aboutToken.includes("secret") || aboutToken.includes("word"), false);
});
