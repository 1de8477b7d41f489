import type { Command } from "../command.ts";
import { archiveFlags, format, waitEngine } from "./shared_flags.ts";

/** Archives of images, for hosts that no registry reaches. */
export const images = {
  name: "images",
  group: "Prepare",
  summary: "Save the images of specs into an archive, and list, verify and load archives",
  description: [
    "`images save FILE… -o DIR` writes DIR/images.tar with all images of these Compose files, as the engine has them: " +
    "each layer once, an OCI layout and an archive of docker save at the same time. Without FILE it is the Compose file of " +
    "this directory.",
    "`images ls`, `verify` and `load` take archives and directories of archives, and without any the directory images. " +
    "`ls` tells what is in them, `verify` reads all of them and checks every digest, `load` verifies and loads what the " +
    "engine does not have yet. One bad archive is told, the others go on, and the exit code is 65.",
    "`up`, `plan`, operators and executors take images from the directory images beside a spec by themselves: " +
    "docs/images.md tells more.",
  ],
  flags: {
    output: {
      kind: "text",
      short: "o",
      placeholder: "DIR",
      completion: "directory",
      summary: "With save: the directory to write into",
      otherwise: "images",
    },
    pack: {
      kind: "text",
      placeholder: "HOW",
      choices: ["none", "gzip", "zstd"],
      summary: "With save: pack the archive",
      otherwise: "none",
    },
    pull: {
      kind: "text",
      placeholder: "POLICY",
      choices: ["always", "missing", "never"],
      summary: "With save: pull images before",
      otherwise: "never",
    },
    removeArchives: archiveFlags.removeArchives,
    waitEngine,
    format,
  },
  positionals: [
    { name: "ACTION", required: true, repeated: false, choices: ["save", "ls", "verify", "load"] },
    { name: "PATH", required: false, repeated: true, completion: "file" },
  ],
  examples: [
    {
      line: "mesolet images save compose.yaml -o images --pull missing",
      summary: "Make the bundle of a spec",
    },
    { line: "mesolet images verify images --format json", summary: "Check archives, for programs" },
    { line: "mesolet images load /media/stick/images", summary: "Load what the engine does not have yet" },
  ],
} as const satisfies Command;
