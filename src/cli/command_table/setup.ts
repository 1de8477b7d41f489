import type { Command } from "../command.ts";

/** Puts the program on a host, and takes it away again. */
export const setup = {
  name: "setup",
  group: "Prepare",
  summary: "Install this program on a host, with a service that keeps pods running",
  description: [
    "Puts this file to PREFIX/bin/mesolet, with a unit of systemd (mesolet-operator) that keeps the pods of a directory of " +
    "specs running. Before that it checks the host as doctor does, and stops when something fails. It downloads nothing. " +
    "docs/install.md tells more.",
    "What is in place already is left alone. Run the setup of a newer file to upgrade: the service is restarted, pods run " +
    "on. --uninstall removes what setup has made and nothing else: your specs stay, and pods run on.",
  ],
  flags: {
    dryRun: { kind: "boolean", summary: "Print each step and why, and touch nothing" },
    enable: { kind: "boolean", summary: "Start the service, now and whenever the host starts" },
    prefix: {
      kind: "text",
      placeholder: "DIR",
      completion: "directory",
      summary: "Where the program goes: DIR/bin/mesolet",
      otherwise: "as the last time, else /usr/local",
    },
    specs: {
      kind: "text",
      placeholder: "DIR",
      completion: "directory",
      summary: "The directory whose specs are kept running",
      otherwise: "as the last time, else /etc/mesolet/pods",
    },
    root: {
      kind: "text",
      placeholder: "DIR",
      completion: "directory",
      summary:
        "Install for the host whose files are below DIR, such as an image; nothing is checked or started",
    },
    noChecks: { kind: "boolean", summary: "Leave the checks of the host out" },
    force: {
      kind: "boolean",
      summary: "Replace, or remove, also what setup has not made or others have changed",
    },
    uninstall: { kind: "boolean", summary: "Remove what setup has made" },
    stopPods: { kind: "boolean", summary: "With --uninstall: stop and remove the pods of the specs too" },
  },
  positionals: [],
  examples: [
    { line: "mesolet setup --dry-run", summary: "What it would do on this host" },
    { line: "mesolet setup --enable", summary: "Install or upgrade, and start the service" },
    { line: "mesolet setup --root rootfs --enable", summary: "Put it into the files of an image" },
    { line: "mesolet setup --uninstall", summary: "Take it away again; pods run on" },
  ],
} as const satisfies Command;
