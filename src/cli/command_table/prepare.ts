import type { Command } from "../command.ts";
import { anyServices, archiveFlags, pin, pullPolicy, removeOrphans, scale } from "./shared_flags.ts";

/** Commands that read a spec or fetch what it needs. */

export const config = {
  name: "config",
  group: "Prepare",
  summary: "Check the Compose files and print what they come to",
  description: [
    "Prints the project after files, variables, profiles and defaults were applied, as docker compose config does; " +
    "or one of its lists. With services, only those and what they depend on.",
  ],
  flags: {
    format: {
      kind: "text",
      placeholder: "FORMAT",
      choices: ["yaml", "json"],
      summary: "How to print",
      otherwise: "yaml",
    },
    quiet: { kind: "boolean", short: "q", summary: "Print nothing: only check" },
    services: { kind: "boolean", summary: "Print the names of the services" },
    images: { kind: "boolean", summary: "Print the names of the images" },
    volumes: { kind: "boolean", summary: "Print the names of the volumes" },
    networks: { kind: "boolean", summary: "Print the names of the networks" },
    profiles: { kind: "boolean", summary: "Print the names of the profiles" },
    models: { kind: "boolean", summary: "Print the names of the models" },
    variables: { kind: "boolean", summary: "Print the variables that the files use, with their defaults" },
    environment: { kind: "boolean", summary: "Print the variables that interpolation sees" },
    hash: {
      kind: "text",
      placeholder: "SERVICES",
      summary: "Print hashes of services: names with commas, or *",
    },
    output: { kind: "text", short: "o", placeholder: "FILE", completion: "file", summary: "Write to a file" },
    noInterpolate: { kind: "boolean", summary: "Leave variables as they stand" },
    noNormalize: { kind: "boolean", summary: "Leave out the defaults" },
    noPathResolution: { kind: "boolean", summary: "Leave relative paths as they stand" },
    noConsistency: { kind: "boolean", summary: "Leave out the checks of how parts fit together" },
    noEnvResolution: { kind: "boolean", summary: "Leave env_file and label_file as they stand" },
    lockImageDigests: { kind: "boolean", hidden: true, summary: "Refused: no registry is asked" },
    resolveImageDigests: { kind: "boolean", hidden: true, summary: "Refused: no registry is asked" },
  },
  positionals: [anyServices],
  examples: [
    { line: "mesolet config", summary: "What the files of this directory come to" },
    { line: "mesolet config -q && echo fine", summary: "Only check them" },
  ],
} as const satisfies Command;

export const plan = {
  name: "plan",
  group: "Prepare",
  summary: "Print what up would do, and why, and do nothing",
  description: [
    "`plan down` prints what down would do. With --offline no engine is asked: the plan is for an empty one.",
    "With --offers it says where each instance of the pod would go on a cluster, and what agents lack where one finds no " +
    "place; it exits with 1 then. The file has an OFFERS event as a master sends it, a list of offers, or recorded events, " +
    "one a line.",
  ],
  flags: {
    format: {
      kind: "text",
      placeholder: "FORMAT",
      choices: ["text", "json"],
      summary: "How to print",
      otherwise: "text",
    },
    offline: { kind: "boolean", summary: "Plan for an engine that holds nothing, and ask none" },
    task: {
      kind: "text",
      placeholder: "FILE",
      completion: "file",
      summary: "Plan for a task of Mesos: its TaskInfo as JSON, or - for standard input",
    },
    sandbox: {
      kind: "text",
      placeholder: "DIR",
      completion: "directory",
      summary: "With --task: what is fetched for the task",
      otherwise: "this directory",
    },
    offers: {
      kind: "text",
      placeholder: "FILE",
      completion: "file",
      summary: "Plan for a Mesos cluster that offers this: JSON, or - for standard input",
    },
    role: {
      kind: "texts",
      placeholder: "ROLE",
      summary: "With --offers: a role of the framework; may be repeated. Without it those of the offers",
    },
    detach: { kind: "boolean", short: "d", summary: "Plan for up --detach" },
    noStart: { kind: "boolean", summary: "Plan for up --no-start" },
    forceRecreate: { kind: "boolean", summary: "Plan for up --force-recreate" },
    noRecreate: { kind: "boolean", summary: "Plan for up --no-recreate" },
    removeOrphans,
    pull: pullPolicy,
    images: archiveFlags.images,
    removeArchives: archiveFlags.removeArchives,
    pin,
    scale,
    volumes: { kind: "boolean", short: "v", summary: "Plan for down --volumes" },
  },
  positionals: [{
    name: "WHAT",
    required: false,
    repeated: true,
    completion: "service",
  }],
  examples: [
    { line: "mesolet plan", summary: "What up would do" },
    { line: "mesolet plan down -v", summary: "What down --volumes would remove" },
    {
      line: "mesolet plan --offline --task task.json --sandbox dir",
      summary: "What the executor would make of a task",
    },
    { line: "mesolet plan --offers offers.json", summary: "Where the pod would go on a cluster" },
  ],
} as const satisfies Command;

export const pull = {
  name: "pull",
  group: "Prepare",
  summary: "Pull the images of a pod",
  flags: {
    quiet: { kind: "boolean", short: "q", summary: "Print no progress" },
    ignorePullFailures: { kind: "boolean", summary: "Go on with the others when an image cannot be pulled" },
    includeDeps: { kind: "boolean", summary: "Pull for the services that the named ones depend on too" },
    policy: {
      kind: "text",
      placeholder: "POLICY",
      choices: ["always", "missing"],
      summary: "Whether to pull images that are there",
      otherwise: "always",
    },
  },
  positionals: [anyServices],
  examples: [{ line: "mesolet pull", summary: "Pull all images of the Compose file" }],
} as const satisfies Command;
