import type { Command } from "../command.ts";
import {
  anyServices,
  archiveFlags,
  noColor,
  noLogPrefix,
  operatorUrl,
  pin,
  pullPolicy,
  removeOrphans,
  scale,
  stopTimeout,
  timestamps,
  waitEngine,
} from "./shared_flags.ts";

/** Commands that change what runs. */

export const up = {
  name: "up",
  group: "Run",
  summary: "Make and start a pod",
  description: [
    "Makes what is missing, replaces what has changed and leaves the rest alone; `plan` prints what it would do.",
    "In the foreground it prints the logs, restarts containers as the spec says and ends with the pod's exit code; " +
    "Ctrl-C stops the pod (its containers stay until down), a second Ctrl-C kills it. With --detach the engine restarts containers and the command " +
    "ends when all are started (with --wait: running and healthy).",
  ],
  flags: {
    detach: { kind: "boolean", short: "d", summary: "Leave the pod running and return" },
    wait: {
      kind: "boolean",
      summary: "Return when all containers run and are healthy; implies --detach",
    },
    waitTimeout: {
      kind: "integer",
      placeholder: "SECONDS",
      minimum: 1,
      summary: "Give up waiting after this long",
      otherwise: "no limit",
    },
    noStart: { kind: "boolean", summary: "Make the containers and do not start them" },
    forceRecreate: { kind: "boolean", summary: "Replace containers even where nothing has changed" },
    noRecreate: {
      kind: "boolean",
      summary: "Keep containers that are there even where their spec has changed",
    },
    removeOrphans,
    pull: pullPolicy,
    ...archiveFlags,
    waitEngine,
    pin,
    timeout: stopTimeout,
    scale,
    noDeps: { kind: "boolean", summary: "Leave out the services that the named ones depend on" },
    renewAnonVolumes: {
      kind: "boolean",
      short: "V",
      summary: "Give replaced containers new anonymous volumes in place of the old ones' data",
    },
    abortOnContainerExit: { kind: "boolean", summary: "Stop the pod when any container ends" },
    exitCodeFrom: {
      kind: "text",
      placeholder: "SERVICE",
      completion: "service",
      summary: "Stop the pod when this service ends, and exit with its code",
    },
    noColor,
    noLogPrefix,
    timestamps,
  },
  positionals: [anyServices],
  examples: [
    { line: "mesolet up", summary: "Run the Compose file of this directory; Ctrl-C stops it" },
    {
      line: "mesolet -f shop.yaml up -d --wait",
      summary: "Run it in the background, and return when it is healthy",
    },
    {
      line: "mesolet up --network services",
      summary: "Give each container an address of its own, as Docker Compose does",
    },
  ],
} as const satisfies Command;

export const down = {
  name: "down",
  group: "Run",
  summary: "Stop a pod and remove its containers and networks",
  description: [
    "Without a name it is the pod of the Compose file; with one it is the pod of that name, and no file is needed.",
    "Volumes with data stay unless --volumes is given.",
  ],
  flags: {
    volumes: { kind: "boolean", short: "v", summary: "Remove the pod's volumes too, with their data" },
    timeout: stopTimeout,
    removeOrphans: {
      kind: "boolean",
      summary: "Remove containers that the spec does not name any more: down does so in any case",
    },
  },
  positionals: [{ name: "POD", required: false, repeated: false, completion: "pod" }],
  examples: [
    { line: "mesolet down", summary: "Remove the pod of this directory's Compose file" },
    { line: "mesolet down shop -v", summary: "Remove the pod shop and its volumes" },
  ],
} as const satisfies Command;

export const start = {
  name: "start",
  group: "Run",
  summary: "Start containers that were stopped",
  flags: {},
  positionals: [anyServices],
  examples: [{ line: "mesolet start web", summary: "Start the service web again" }],
} as const satisfies Command;

export const stop = {
  name: "stop",
  group: "Run",
  summary: "Stop containers and keep them",
  flags: { timeout: stopTimeout },
  positionals: [anyServices],
  examples: [{ line: "mesolet stop -t 30", summary: "Stop all, with 30 seconds for each" }],
} as const satisfies Command;

export const restart = {
  name: "restart",
  group: "Run",
  summary: "Stop and start containers",
  flags: {
    timeout: stopTimeout,
  },
  positionals: [anyServices],
  examples: [{ line: "mesolet restart web", summary: "Restart the service web" }],
} as const satisfies Command;

export const kill = {
  name: "kill",
  group: "Run",
  summary: "Send a signal to containers",
  flags: {
    signal: {
      kind: "text",
      short: "s",
      placeholder: "SIGNAL",
      summary: "The signal to send",
      otherwise: "SIGKILL",
    },
  },
  positionals: [anyServices],
  examples: [{ line: "mesolet kill -s SIGHUP web", summary: "Have web read its configuration anew" }],
} as const satisfies Command;

export const rm = {
  name: "rm",
  group: "Run",
  summary: "Remove containers that have stopped",
  flags: {
    force: { kind: "boolean", short: "f", summary: "Do not ask" },
    stop: { kind: "boolean", short: "s", summary: "Stop containers that run, then remove them" },
    volumes: { kind: "boolean", short: "v", summary: "Remove the containers' anonymous volumes too" },
  },
  positionals: [anyServices],
  examples: [{ line: "mesolet rm -fs web", summary: "Stop and remove the service web without asking" }],
} as const satisfies Command;

export const exec = {
  name: "exec",
  group: "Run",
  summary: "Run a command in a running container",
  description: [
    "The exit code is the command's.",
    "With --operator it is NAME[/SLOT] [CONTAINER] COMMAND: an instance of a pod on a cluster, through its agent. A pod " +
    "with one container needs no name of it. docs/mesos-operator.md tells what the agent has to allow.",
  ],
  flags: {
    noTty: {
      kind: "boolean",
      short: "T",
      summary: "Give the command no terminal",
    },
    interactive: {
      kind: "boolean",
      short: "i",
      summary: "Pass standard input on; so it is unless it is closed",
    },
    tty: { kind: "boolean", short: "t", summary: "Give the command a terminal; so it is when this is one" },
    user: { kind: "text", short: "u", placeholder: "USER", summary: "Run as this user" },
    workdir: {
      kind: "text",
      short: "w",
      placeholder: "PATH",
      summary: "Run in this directory of the container",
    },
    env: { kind: "texts", short: "e", placeholder: "NAME=VALUE", summary: "Set a variable; may be repeated" },
    privileged: { kind: "boolean", summary: "Run with all capabilities" },
    index: {
      kind: "integer",
      placeholder: "NUMBER",
      minimum: 1,
      summary: "Which container of a service with many",
      otherwise: "the first that runs",
    },
    operatorUrl,
    principal: {
      kind: "text",
      placeholder: "NAME",
      summary: "With --operator: who asks, for an agent that wants to know",
    },
    secretFile: {
      kind: "text",
      placeholder: "FILE",
      completion: "file",
      summary: "With --principal: the file that holds its secret",
    },
  },
  positionals: [
    { name: "SERVICE", required: true, repeated: false, completion: "service" },
    { name: "COMMAND", required: true, repeated: false },
    { name: "ARGUMENT", required: false, repeated: true },
  ],
  verbatimAfterFirst: true,
  examples: [
    { line: "mesolet exec web sh", summary: "Open a shell in web" },
    { line: "mesolet exec -T database pg_dump shop > shop.sql", summary: "Save what a command prints" },
    {
      line: "mesolet exec --operator host:10280 shop/0 web sh",
      summary: "A shell in web of the first instance",
    },
  ],
} as const satisfies Command;
