import type { Command } from "../command.ts";

/** Keeps the pods of directories running. */
export const operator = {
  name: "operator",
  group: "Run",
  summary: "Keep the pods of a directory running",
  description: [
    "Each spec in the directories is a pod: a .yaml, .yml or .json file, or a sub-directory with a Compose project. Put " +
    "one there and it runs, change it and just what changed is replaced, delete it and the pod goes. A spec that is wrong " +
    "harms no pod that runs: docs/operator.md tells more.",
    "What runs already is taken over as it is. SIGTERM and Ctrl-C leave the pods running, SIGHUP looks at all specs anew.",
  ],
  flags: {
    parallel: {
      kind: "integer",
      placeholder: "NUMBER",
      minimum: 1,
      summary: "How many pods may be changed on the engine at one time",
      otherwise: "8",
    },
    stopPods: { kind: "boolean", summary: "Stop and remove the pods at the end; a second Ctrl-C kills them" },
    allowEmpty: {
      kind: "boolean",
      summary: "Believe at once that most specs are gone, without a second look",
    },
    listen: {
      kind: "text",
      placeholder: "ADDRESS",
      summary: "Where to tell over HTTP what runs: HOST:PORT, unix:/PATH or none",
      otherwise: "127.0.0.1:10280",
      completion: "none",
    },
    logFormat: {
      kind: "text",
      placeholder: "FORMAT",
      choices: ["text", "json"],
      summary: "How to print what happens",
      otherwise: "text",
    },
    reap: { kind: "boolean", summary: "Remove pods of Mesos tasks whose executor is gone as well" },
    target: {
      kind: "text",
      placeholder: "TARGET",
      choices: ["docker", "mesos"],
      summary: "Where the pods run: on this host's engine, or as tasks of a Mesos cluster",
      otherwise: "docker",
    },
    master: {
      kind: "text",
      placeholder: "ADDRESS",
      variable: "MESOLET_MASTER",
      summary: "With --target mesos: HOST:PORT, a list of them, http(s)://HOST:PORT or zk://HOST:PORT/PATH",
      completion: "none",
    },
    framework: {
      kind: "text",
      placeholder: "NAME",
      summary: "With --target mesos: the framework's name",
      otherwise: "mesolet",
    },
    role: {
      kind: "texts",
      placeholder: "ROLE",
      summary: "With --target mesos: a role whose resources pods may have; may be repeated",
    },
    agentUser: {
      kind: "text",
      placeholder: "USER",
      summary: "With --target mesos: the user of the agents that executors run as",
      otherwise: "root",
    },
    principal: {
      kind: "text",
      placeholder: "NAME",
      summary: "With --target mesos: who asks, for a master that wants to know",
    },
    secretFile: {
      kind: "text",
      placeholder: "FILE",
      completion: "file",
      summary: "With --principal: the file that holds its secret",
    },
    state: {
      kind: "text",
      placeholder: "FILE",
      completion: "file",
      summary: "With --target mesos: where to keep what has to outlive this process",
      otherwise: "/var/lib/mesolet/NAME.db for root",
    },
    elect: {
      kind: "text",
      placeholder: "PLACE",
      summary:
        "With --target mesos: stand by while another instance leads: zk://HOST:PORT/PATH or file:/PATH",
      completion: "none",
    },
    standby: {
      kind: "boolean",
      summary: "With --target mesos: wait for the operator that has the state, instead of refusing to start",
    },
    frameworkId: {
      kind: "text",
      placeholder: "ID",
      summary: "With --target mesos: the framework to go on with, when its state is lost",
      completion: "none",
    },
    executorUri: {
      kind: "text",
      placeholder: "URI",
      summary: "With --target mesos: where agents fetch the program, under a URI with its version in it",
    },
    executorFile: {
      kind: "text",
      placeholder: "PATH",
      summary: "With --target mesos: where the program is on the agents, instead of fetching it",
    },
    executorAllow: {
      kind: "texts",
      placeholder: "RULE[=VALUE]",
      summary:
        "With --target mesos: let pods do on the agents what the default policy denies (docs/policy.md): privileged, bind_mounts=/data:ro",
    },
    serve: {
      kind: "text",
      placeholder: "HOST:PORT",
      summary: "With --target mesos: serve this program to the agents, under an address that they reach",
      otherwise: "this host, port 10281",
    },
  },
  positionals: [{ name: "DIR", required: true, repeated: true, completion: "directory" }],
  examples: [
    { line: "mesolet operator /etc/mesolet/pods", summary: "Keep the pods of a directory, as a service" },
    { line: "mesolet operator --stop-pods .", summary: "Try it out: Ctrl-C takes the pods down" },
  ],
} as const satisfies Command;

/** A shorter name of the same. */
export const runOperator = {
  ...operator,
  name: "run",
  hidden: true,
  examples: [],
} as const satisfies Command;
