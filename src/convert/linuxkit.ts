/** A pod as a whole system of LinuxKit: its containers are the services of a machine. */

import { printYaml } from "../compose/yaml_printer.ts";
import { ExitCode, SpecError } from "../pod/errors.ts";
import { PlacementProblems } from "../plan/placement_problems.ts";
import { shareNamespace } from "../plan/shared_namespace.ts";
import { type Conversion, type ConversionSource, Report } from "./conversion.ts";
import { reportLost } from "./field_support.ts";
import { splitByLife } from "./first_and_last.ts";
import { linuxkitContainers } from "./linuxkit_container.ts";
import { linuxkitFields } from "./linuxkit_fields.ts";
import { diskMount, LinuxKitFiles } from "./linuxkit_files.ts";
import { noteValues } from "./note_values.ts";

/** The machine around the pod. */
export interface LinuxKitChoices {
  readonly kernel: string;
  /** Of the kernel. */
  readonly commandLine: string;
  /** Images of init. */
  readonly init: readonly string[];
  /** The machine has a disk, which is formatted when it is empty: named volumes are kept on it. */
  readonly hasDisk: boolean;
}

/** The system of LinuxKit's own examples, in the versions that belong together. */
export const usualSystem = {
  kernel: "linuxkit/kernel:6.12.59",
  commandLine: "console=tty0 console=ttyS0 console=ttyAMA0",
  init: [
    "linuxkit/init:b5506cc74a6812dc40982cacfd2f4328f8a4b12a",
    "linuxkit/runc:9442aa234715e751a16144f1d4ae3fd1a00fd492",
    "linuxkit/containerd:ba19f64efd3331a8fd0a33e00eabd14f6ee1780e",
    "linuxkit/ca-certificates:256f1950df59f2f209e9f0b81374177409eb11de",
  ],
} as const;

const onboot = {
  sysctl: { name: "sysctl", image: "linuxkit/sysctl:43ac1d39da329c3567fcb9689e5ca99de6d169b6" },
  network: {
    name: "dhcpcd",
    image: "linuxkit/dhcpcd:b87e9ececac55a65eaa592f4dd8b4e0c3009afdb",
    command: ["/sbin/dhcpcd", "--nobackground", "-f", "/dhcpcd.conf", "-1"],
  },
  disk: [
    { name: "format", image: "linuxkit/format:4f779c0b0d0ba145b7f03211b5cbf59fbbe12e54" },
    {
      name: "mount",
      image: "linuxkit/mount:bd1c3bb45e48e68e47a9456d1669f7119f855184",
      command: ["/usr/bin/mountie", diskMount],
    },
  ],
} as const;

/**
 * Makes the system. The network of the pod is the machine's: its containers reach each other at loopback, under the
 * names of the services, and a port that they listen on is one of the machine.
 *
 * @throws {SpecError} where two services cannot share a network, as they do in a pod
 */
export function toLinuxKit(source: ConversionSource, choices: LinuxKitChoices): Conversion {
  const report = new Report();
  const { project, pod } = source;
  reportLost(project, linuxkitFields, report);
  noteValues(source, report, { withSecrets: true });
  if (pod.network.mode === "services") {
    report.lost(
      "x-pod.network",
      "the containers have the machine's network, and their names stand for loopback",
    );
  } else if (pod.network.mode === "existing") {
    report.lost("x-pod.network", "there is no network in a machine but its own");
  }
  for (const { key, external } of pod.networks) {
    if (external) report.lost(`networks.${key}`, "there is no network in a machine but its own");
  }
  const problems = new PlacementProblems("compose");
  const shared = shareNamespace(pod, problems);
  if (problems.hasErrors) throw new SpecError(problems.problems, ExitCode.data);
  report.takeNotes(problems.problems);
  const files = new LinuxKitFiles(source, shared, choices, report);
  const { first, others } = splitByLife(pod, report, "LinuxKit starts its services in no order");
  const entries = (containers: typeof first) =>
    containers.flatMap((container) => linuxkitContainers(container, pod, files, report));
  reportNames(pod.containers.map(({ name }) => name), report);
  const before = entries(first);
  const services = entries(others);
  const { volumes } = files;
  return report.conversion(printYaml({
    kernel: { image: choices.kernel, cmdline: choices.commandLine },
    init: choices.init,
    ...(volumes.length === 0 ? {} : { volumes }),
    onboot: [onboot.sysctl, onboot.network, ...(choices.hasDisk ? onboot.disk : []), ...before],
    services,
    files: files.files,
  }));
}

/** Names are those of the machine's containers, some of which LinuxKit's own have. */
function reportNames(names: readonly string[], report: Report): void {
  for (const own of ["sysctl", "dhcpcd", "format", "mount"]) {
    if (names.includes(own)) {
      report.note(`services.${own}`, "has the name of a container of the system: call it otherwise");
    }
  }
}
