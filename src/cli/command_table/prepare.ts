import type { Command } from "../command.ts";
import { anyServices, pullPolicy, removeOrphans, scale } from "./shared_flags.ts";

/** Commands that read a spec or fetch what it needs. */

export const plan = {
  name: "plan",
  group: "Prepare",
  summary: "Print what up would do, and why, and do nothing",
  description: [
    "`plan down` prints what down would do. With --offline no engine is asked: the plan is for an empty one.",
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
    detach: { kind: "boolean", short: "d", summary: "Plan for up --detach" },
    noStart: { kind: "boolean", summary: "Plan for up --no-start" },
    forceRecreate: { kind: "boolean", summary: "Plan for up --force-recreate" },
    noRecreate: { kind: "boolean", summary: "Plan for up --no-recreate" },
    removeOrphans,
    pull: pullPolicy,
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
