import type { Command } from "../command.ts";
import { noColor, noLogPrefix, pullPolicy, removeOrphans, stopTimeout, timestamps } from "./shared_flags.ts";

/** What the container image does when it is given no arguments. */
export const composeDir = {
  name: "compose-dir",
  group: "Run",
  summary: "Load images from archives and run the pod of a directory",
  description: [
    "Waits for the engine, loads the archives DIR/images/*.tar that it does not have yet (also .tar.gz, .tgz, .tar.zst: " +
    "docs/images.md), and runs the Compose project of DIR in the foreground, with its exit code. No registry is " +
    "asked for what the archives have. This is what the container image does with the directory that is mounted " +
    "at /compose: docs/container-image.md tells more.",
    "SIGTERM and Ctrl-C stop the pod (its containers stay, and the next start takes them up); with --detach it is left running.",
  ],
  flags: {
    engineTimeout: {
      kind: "integer",
      placeholder: "SECONDS",
      minimum: 0,
      summary: "Give up waiting for the engine after this long",
      otherwise: "no limit",
    },
    hostDirectory: {
      kind: "text",
      placeholder: "PATH",
      completion: "none",
      summary: "Where DIR is on the engine's host, for bind mounts of what is in it",
      otherwise: "found out where the engine runs the container that this is in, else DIR",
    },
    detach: { kind: "boolean", short: "d", summary: "Leave the pod running and return" },
    pull: {
      ...pullPolicy,
      otherwise: "never for what the archives have, else what the spec says, else missing",
    },
    removeOrphans,
    timeout: stopTimeout,
    noColor,
    noLogPrefix,
    timestamps,
  },
  positionals: [{ name: "DIR", required: true, repeated: false, completion: "directory" }],
  examples: [
    {
      line: "mesolet compose-dir /compose",
      summary: "Run what is mounted there, with images/*.tar beside it",
    },
    {
      line: "mesolet compose-dir --engine-timeout 60 --detach /var/compose",
      summary: "Start it at boot, and leave it to the engine",
    },
  ],
} as const satisfies Command;
