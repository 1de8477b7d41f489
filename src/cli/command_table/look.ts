import type { Command } from "../command.ts";
import { anyServices, format, noColor, noLogPrefix, operatorUrl } from "./shared_flags.ts";

/** Commands that only look at what runs. */

export const ps = {
  name: "ps",
  group: "Look",
  summary: "List containers of one pod, or of all pods",
  description: [
    "Without a name it is the pod of the Compose file where there is one, else all pods of the engine; --all-pods " +
    "asks for all pods in any case.",
    "With --operator it is the pods of that operator, one line for each instance on a cluster; with names of pods their " +
    "containers.",
  ],
  flags: {
    all: { kind: "boolean", short: "a", summary: "List containers that have ended too" },
    allPods: { kind: "boolean", short: "A", summary: "List the containers of all pods" },
    quiet: { kind: "boolean", short: "q", summary: "Print only ids" },
    services: { kind: "boolean", summary: "Print only the names of services" },
    noTrunc: { kind: "boolean", summary: "Do not shorten columns to the terminal's width" },
    containers: { kind: "boolean", summary: "With --operator: the containers of each instance" },
    operatorUrl,
    format,
  },
  positionals: [anyServices],
  examples: [
    { line: "mesolet ps", summary: "What runs of this directory's pod, or of all pods" },
    { line: "mesolet ps -p shop -a --format json", summary: "All containers of the pod shop, for programs" },
    { line: "mesolet ps --operator host:10280 shop", summary: "The containers of the pod shop on a cluster" },
  ],
} as const satisfies Command;

export const logs = {
  name: "logs",
  group: "Look",
  summary: "Print what containers wrote, in the order of time",
  description: [
    "With --operator the first name is that of a pod of the operator, and further ones are containers. On a cluster the " +
    "output comes from the sandboxes of the tasks: docs/mesos-operator.md.",
  ],
  flags: {
    follow: { kind: "boolean", short: "f", summary: "Go on with new lines until the pod ends" },
    tail: {
      kind: "text",
      short: "n",
      placeholder: "LINES",
      summary: "How many of the last lines of each container: a number or all",
      otherwise: "all",
    },
    since: {
      kind: "text",
      placeholder: "TIME",
      summary: "Only lines from then on: a time (2026-01-31T12:00:00Z) or an age (10m)",
    },
    until: { kind: "text", placeholder: "TIME", summary: "Only lines up to then" },
    timestamps: { kind: "boolean", short: "t", summary: "Print the time in front of each line" },
    index: {
      kind: "integer",
      placeholder: "NUMBER",
      minimum: 1,
      summary: "Which container of a service with many",
      otherwise: "all",
    },
    operatorUrl,
    instance: {
      kind: "integer",
      placeholder: "SLOT",
      minimum: 0,
      summary: "With --operator: only this instance of a pod on a cluster",
      otherwise: "all",
    },
    previous: {
      kind: "boolean",
      summary: "With --operator: of the instance before, which has ended",
    },
    noColor,
    noLogPrefix,
  },
  positionals: [anyServices],
  examples: [
    { line: "mesolet logs -f --tail 20", summary: "The last 20 lines of each container, and what comes" },
    { line: "mesolet logs --since 10m web", summary: "What web wrote in the last ten minutes" },
    {
      line: "mesolet logs --operator host:10280 -f shop web",
      summary: "Follow web of the pod shop on a cluster",
    },
  ],
} as const satisfies Command;

export const events = {
  name: "events",
  group: "Look",
  summary: "Print what happens to containers, as it happens",
  description: ["With --operator it is what the operator does, and names are those of pods."],
  flags: {
    json: { kind: "boolean", summary: "Print a JSON object a line" },
    since: {
      kind: "text",
      placeholder: "TIME",
      summary: "Begin with events from then on: a time or an age (10m)",
    },
    until: { kind: "text", placeholder: "TIME", summary: "End with events up to then" },
    allPods: { kind: "boolean", short: "A", summary: "Events of all pods" },
    operatorUrl,
  },
  positionals: [anyServices],
  examples: [{ line: "mesolet events --json --since 1h", summary: "Events of the last hour, then new ones" }],
} as const satisfies Command;

export const why = {
  name: "why",
  group: "Look",
  summary: "Say why a pod of an operator does not run",
  description: [
    "What is wrong with its spec, which of its containers or instances do not run, and on a cluster what the agents lack " +
    "for those that have no place. Exits with 0 when all of it runs as it is to, or has run to its end, and with 1 when not.",
  ],
  flags: {
    operatorUrl: {
      ...operatorUrl,
      otherwise: "http://127.0.0.1:10280",
      summary: "The operator to ask: http://HOST:PORT, unix:/PATH",
    },
    format,
  },
  positionals: [{ name: "NAME", required: true, repeated: false, completion: "none" }],
  examples: [
    { line: "mesolet why shop", summary: "What keeps the pod shop of this host's operator from running" },
    {
      line: "mesolet why --operator host:10280 shop --format json",
      summary: "The same of another operator, for programs",
    },
  ],
} as const satisfies Command;

export const doctor = {
  name: "doctor",
  group: "Look",
  summary: "Check this host: engine, cgroups, disk space, registries",
  description: [
    "Each line says ok, warn or fail, and how to mend it. Exits with 1 when something fails.",
    "With a Compose file, the engine is made to ask the registries of its images, as a pull would.",
  ],
  flags: { format },
  positionals: [],
  examples: [{ line: "mesolet doctor", summary: "Check whether pods can run here" }],
} as const satisfies Command;
