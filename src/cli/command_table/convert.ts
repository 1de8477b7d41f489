import type { BooleanFlag, Command, Flag, Flags, TextFlag } from "../command.ts";
import { config } from "./prepare.ts";
import { anyServices } from "./shared_flags.ts";

/** Flags of its older meaning, which help does not show. */
function unshown<Shown extends Flags>(
  flags: Shown,
): { readonly [Key in keyof Shown]: Shown[Key] & { readonly hidden: true } } {
  return Object.fromEntries(
    Object.entries<Flag>(flags).map(([key, flag]) => [key, { ...flag, hidden: true }]),
  ) as { [Key in keyof Shown]: Shown[Key] & { hidden: true } };
}

const { output: _output, ...configFlags } = config.flags;

/** Writes a pod for other systems. */
export const convert = {
  name: "convert",
  group: "Prepare",
  summary: "Write a pod as another system takes it",
  description: [
    "Prints the pod of the Compose files for Marathon, for Aurora, as a task of Mesos, as a system of LinuxKit, as a " +
    "Compose file for Docker Compose alone, or for Kubernetes. What that system cannot express is told on standard " +
    "error by file, line and field, and the exit code is 1 then; docs/convert.md has a table. The text may hold " +
    "secrets.",
    "Without --to it is the older name of config, with its flags.",
  ],
  flags: {
    ...unshown(configFlags),
    to: {
      kind: "text",
      placeholder: "SYSTEM",
      choices: ["marathon", "aurora", "taskinfo", "linuxkit", "compose", "kube"],
      summary: "What to write",
    },
    output: {
      kind: "text",
      short: "o",
      placeholder: "FILE",
      completion: "file",
      summary: "Write to a file",
      otherwise: "standard output",
    } satisfies TextFlag,
    strict: { kind: "boolean", summary: "Write nothing where anything is lost" } satisfies BooleanFlag,
    executorUri: {
      kind: "text",
      placeholder: "URI",
      summary:
        "For marathon and taskinfo: where agents fetch this program; with its version in it, as they keep it",
    },
    executorFile: {
      kind: "text",
      placeholder: "PATH",
      summary: "For marathon and taskinfo: where agents have this program, in place of a URI",
    },
    agent: { kind: "text", placeholder: "ID", summary: "For taskinfo: the agent's id", otherwise: "AGENT" },
    cluster: {
      kind: "text",
      placeholder: "NAME",
      summary: "For aurora: the cluster, as clusters.json calls it",
      otherwise: "devcluster",
    },
    role: { kind: "text", placeholder: "ROLE", summary: "For aurora: the job's role", otherwise: "www-data" },
    stage: {
      kind: "text",
      placeholder: "NAME",
      summary: "For aurora: the job's environment",
      otherwise: "prod",
    },
    executorName: {
      kind: "text",
      placeholder: "NAME",
      summary: "For aurora: what the scheduler's file of executors calls this program",
      otherwise: "mesolet",
    },
    volumeSize: {
      kind: "text",
      placeholder: "SIZE",
      summary: "For kube: what a volume asks for",
      otherwise: "1Gi",
    },
    pauseImage: {
      kind: "text",
      placeholder: "IMAGE",
      summary: "For compose: runs in the container that has the pod's network",
      otherwise: "registry.k8s.io/pause:3.10",
    },
    kernel: { kind: "text", placeholder: "IMAGE", summary: "For linuxkit: the kernel" },
    commandLine: { kind: "text", placeholder: "TEXT", summary: "For linuxkit: the kernel's command line" },
    initImage: {
      kind: "texts",
      placeholder: "IMAGE",
      summary: "For linuxkit: an image of init, in place of those of LinuxKit; may be repeated",
    },
    disk: {
      kind: "boolean",
      summary: "For linuxkit: keep volumes on the first disk, which is formatted when it is empty",
    },
  },
  positionals: [anyServices],
  examples: [
    { line: "mesolet convert --to kube -o pod.yaml", summary: "For Kubernetes, or podman kube play" },
    {
      line: "mesolet convert --to marathon --executor-uri https://files.example.com/mesolet-1.0",
      summary: "An app that Marathon runs by this program",
    },
    { line: "mesolet convert --to compose --strict", summary: "Only if Docker Compose can do all of it" },
  ],
} as const satisfies Command;
