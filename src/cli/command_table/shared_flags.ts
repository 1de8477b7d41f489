import type { Flag, Positional } from "../command.ts";

/** Flags and arguments that several commands take in the same meaning. */

export const stopTimeout = {
  kind: "integer",
  short: "t",
  placeholder: "SECONDS",
  minimum: 0,
  summary: "How long a container may take to stop before it is killed",
  otherwise: "what its spec says, else 10",
} as const satisfies Flag;

export const removeOrphans = {
  kind: "boolean",
  summary: "Remove containers of the pod that its spec does not name any more",
} as const satisfies Flag;

export const noColor = {
  kind: "boolean",
  summary: "Print without colours",
} as const satisfies Flag;

export const noLogPrefix = {
  kind: "boolean",
  summary: "Print log lines without the container's name in front",
} as const satisfies Flag;

export const timestamps = {
  kind: "boolean",
  summary: "Print the time in front of each log line",
} as const satisfies Flag;

export const format = {
  kind: "text",
  placeholder: "FORMAT",
  choices: ["table", "json"],
  summary: "How to print",
  otherwise: "table",
} as const satisfies Flag;

export const pullPolicy = {
  kind: "text",
  placeholder: "POLICY",
  choices: ["always", "missing", "never"],
  summary: "When to pull images",
  otherwise: "what the spec says, else missing",
} as const satisfies Flag;

/** Asks an operator in place of an engine of this host. */
export const operatorUrl = {
  kind: "text",
  name: "operator",
  placeholder: "URL",
  completion: "none",
  variable: "MESOLET_OPERATOR",
  summary:
    "Ask the operator that listens there (http://HOST:PORT, unix:/PATH), in place of this host's engine",
} as const satisfies Flag;

export const anyServices = {
  name: "SERVICE",
  required: false,
  repeated: true,
  completion: "service",
} as const satisfies Positional;

/** As `x-pod.pin: true`. */
export const pin = {
  kind: "boolean",
  summary: "Run all images by the digests that their tags stand for at the first start",
} as const satisfies Flag;

/** Where archives of images are. */
export const archiveFlags = {
  images: {
    kind: "text",
    placeholder: "DIR",
    completion: "directory",
    summary: "Take images from the archives of this directory",
    otherwise: "what the spec says, else images beside it",
  },
  removeArchives: {
    kind: "boolean",
    summary: "Remove archives whose images are on the engine",
  },
} as const satisfies Record<string, Flag>;

export const waitEngine = {
  kind: "text",
  placeholder: "SECONDS",
  summary: "Wait for an engine that does not answer yet: so many seconds, or forever",
  otherwise: "it is an error at once",
} as const satisfies Flag;

/** The variable lists of services in the same command: `SERVICE=COUNT`. */
export const scale = {
  kind: "texts",
  placeholder: "SERVICE=COUNT",
  completion: "service",
  summary: "How many containers of a service to run; may be repeated",
} as const satisfies Flag;
