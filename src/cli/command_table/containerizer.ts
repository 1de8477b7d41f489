import type { Command } from "../command.ts";
import { stopTimeout } from "./shared_flags.ts";

/** The external containerizer program of Mesos 0.19 to 1.0. */
export const containerizer = {
  name: "containerizer",
  group: "Mesos",
  summary: "Serve an agent of Mesos 0.19 to 1.0 as its containerizer",
  description: [
    "An agent calls it, with `--isolation=external --containerizer_path='/usr/bin/mesolet containerizer'` (or " +
    "`--containerizers=external`): messages of protobuf with their length in front come on standard input and go to " +
    "standard output, words for people to standard error. Executors run inside of their containers, with the sandbox " +
    "at /mnt/mesos/sandbox and /mesos-sandbox.",
    "Mesos has no external containerizers since 1.1: there mesolet is an executor. docs/containerizer.md tells more.",
  ],
  flags: {
    defaultImage: {
      kind: "text",
      placeholder: "IMAGE",
      completion: "none",
      variable: "MESOS_DEFAULT_CONTAINER_IMAGE",
      summary: "With launch: the image of executors and tasks that name none",
      otherwise: "they are refused",
    },
    dockerArg: {
      kind: "texts",
      placeholder: "KEY=VALUE",
      completion: "none",
      summary: "With launch: a flag of docker run for every container, by its long name; may be repeated",
    },
    mesosLibexec: {
      kind: "text",
      placeholder: "DIRECTORY",
      completion: "directory",
      variable: "MESOS_LIBEXEC_DIRECTORY",
      summary: "With launch: where mesos-executor and mesos-fetcher are",
    },
    workDirectory: {
      kind: "text",
      placeholder: "DIRECTORY",
      completion: "directory",
      variable: "MESOS_WORK_DIRECTORY",
      summary: "The work directory of the agent, whose containers alone are meant",
      otherwise: "those of all agents of the host",
    },
    timeout: {
      ...stopTimeout,
      summary: "With destroy: seconds from the stop signal to SIGKILL",
      otherwise: "what the container was made with, else 10",
    },
    allow: {
      kind: "texts",
      placeholder: "RULE[=VALUE]",
      summary:
        "With launch: let containers do what the default policy of tasks denies (docs/policy.md); may be repeated",
    },
  },
  positionals: [{
    name: "CALL",
    required: true,
    repeated: false,
    choices: ["launch", "update", "usage", "wait", "destroy", "recover", "containers"],
  }],
  examples: [
    {
      line: "mesolet containerizer --default-image ubuntu:24.04 --allow privileged launch",
      summary: "What an agent calls that has flags in its containerizer_path",
    },
    { line: "mesolet containerizer recover", summary: "What an agent calls when it starts again" },
  ],
} as const satisfies Command;
