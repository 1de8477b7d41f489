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
