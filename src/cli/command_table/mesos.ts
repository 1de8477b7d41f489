import type { Command } from "../command.ts";

/** Commands for a Mesos cluster. */

export const executor = {
  name: "executor",
  group: "Mesos",
  summary: "Run tasks of a Mesos agent as pods",
  description: [
    "An agent starts it: it is the same as the program without arguments where MESOS_EXECUTOR_ID is set. Each task " +
    "is a pod; docs/mesos-executor.md says where the pod comes from and what the framework is told.",
    "Words are an image and its arguments, for a task that brings no pod of its own. Flags in front of them that " +
    "belong to another executor are ignored, with a warning.",
  ],
  flags: {
    encoding: {
      kind: "text",
      placeholder: "ENCODING",
      choices: ["protobuf", "json"],
      summary: "Encoding of what is said to the agent",
      otherwise: "protobuf",
    },
    waitEngine: {
      kind: "integer",
      placeholder: "SECONDS",
      minimum: 0,
      maximum: 3600,
      variable: "MESOLET_WAIT_ENGINE",
      summary: "How long a task waits for an engine that does not answer, before it fails",
      otherwise: "60",
    },
    allow: {
      kind: "texts",
      placeholder: "RULE[=VALUE]",
      summary:
        "Let tasks do what the default policy denies: privileged, host_namespaces=pid, bind_mounts=/data:ro",
    },
  },
  positionals: [{ name: "WORD", required: false, repeated: true, completion: "none" }],
  verbatimAfterFirst: true,
  examples: [{ line: "mesolet executor", summary: "What a framework names as its executor's command" }],
} as const satisfies Command;

export const reap = {
  name: "reap",
  group: "Mesos",
  summary: "Remove pods of Mesos tasks whose executor is gone",
  description: [
    "An executor that is killed leaves its pod behind, as containers belong to the engine. reap finds such pods by " +
    "their labels, looks whether the process that made them is still there, and removes those whose executor is gone " +
    "for sure. Pods of others, and pods that nobody can tell about, are left alone.",
  ],
  flags: {
    watch: { kind: "boolean", summary: "Go on looking, until a signal ends it" },
    interval: {
      kind: "integer",
      placeholder: "SECONDS",
      minimum: 1,
      summary: "With --watch: the pause between two looks",
      otherwise: "30",
    },
    agent: {
      kind: "text",
      placeholder: "HOST:PORT",
      summary:
        "Ask this agent as well: what it still runs is kept, and what it does not run and cannot be seen is removed",
      completion: "none",
    },
    dryRun: { kind: "boolean", summary: "Say what would be removed, and remove nothing" },
    timeout: {
      kind: "integer",
      short: "t",
      placeholder: "SECONDS",
      minimum: 0,
      summary: "Grace of the containers that are stopped",
      otherwise: "that of their spec",
    },
  },
  positionals: [],
  examples: [
    { line: "mesolet reap --dry-run", summary: "What is left behind on this host" },
    { line: "mesolet reap --watch --agent 127.0.0.1:5051", summary: "Beside an agent, as a service" },
  ],
} as const satisfies Command;
