import type { Command } from "../command.ts";

/** Writes digests into Compose files. */
export const pin = {
  name: "pin",
  group: "Prepare",
  summary: "Write the digests of images into Compose files",
  description: [
    "Puts the digest that a registry has for its tag behind each image (busybox:1@sha256:…), and leaves the rest of the " +
    "file as it is, to the byte. No engine is asked. Credentials are those of Docker's configuration; docs/pinning.md " +
    "tells of mirrors and certificates.",
    "With --check nothing is written: exit code 1 where an image has no digest, and with --update where a tag has moved.",
  ],
  flags: {
    check: { kind: "boolean", summary: "Write nothing: exit with 1 where something would be" },
    update: { kind: "boolean", summary: "Move images that have a digest to what their tag stands for now" },
    skipVariables: {
      kind: "boolean",
      summary: "Leave out images with variables, which are an error otherwise",
    },
    platform: {
      kind: "text",
      placeholder: "OS/ARCH",
      summary: "Take the digest of the image for one platform",
      otherwise: "that of the tag, which is good on all of its platforms",
    },
  },
  positionals: [{ name: "FILE", required: true, repeated: true, completion: "file" }],
  examples: [
    { line: "mesolet pin compose.yaml", summary: "Write digests where there are none" },
    { line: "mesolet pin --update compose.yaml", summary: "Move to what the tags stand for now" },
    { line: "mesolet pin --check compose.yaml", summary: "For a CI: fail where an image has no digest" },
  ],
} as const satisfies Command;
