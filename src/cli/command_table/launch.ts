import type { Command } from "../command.ts";

/** Runs one container, or one pod, on a cluster. */
export const launch = {
  name: "launch",
  group: "Mesos",
  summary: "Run a container on a Mesos cluster, with its output here",
  description: [
    "Runs one container (or the pod of a file, with --pod) as a task of a framework of its own. Its output comes to " +
    "standard output and standard error, Ctrl-C ends it (a second one at once), and the exit code is the container's. " +
    "Nothing is left on the cluster, also when this program is killed.",
    "With --detach it goes on by itself; --attach and --stop take the id that was printed. docs/launch.md has the exit " +
    "codes, and what can be said of the place.",
  ],
  flags: {
    master: {
      kind: "text",
      placeholder: "ADDRESS",
      variable: "MESOLET_MASTER",
      summary: "The master: HOST:PORT, a list of them, http(s)://HOST:PORT or zk://HOST:PORT/PATH",
      completion: "none",
    },
    pod: {
      kind: "text",
      placeholder: "FILE",
      completion: "file",
      summary: "Run the pod of this Compose file in place of an image",
    },
    name: { kind: "text", placeholder: "NAME", summary: "What the task is called", otherwise: "the image" },
    detach: {
      kind: "boolean",
      short: "d",
      summary: "Return when it runs, with the framework's id on standard output",
    },
    attach: {
      kind: "text",
      placeholder: "ID",
      completion: "none",
      summary: "Show the output of what was detached, until it ends, and exit with its code",
    },
    stop: {
      kind: "text",
      placeholder: "ID",
      completion: "none",
      summary: "End what was detached",
    },
    cpus: { kind: "text", placeholder: "NUMBER", summary: "CPUs that it may use", otherwise: "1" },
    memory: {
      kind: "text",
      short: "m",
      placeholder: "SIZE",
      aliases: ["mem"],
      summary: "Memory that it may use",
      otherwise: "512m",
    },
    disk: { kind: "text", placeholder: "SIZE", summary: "Disk to set aside", otherwise: "none" },
    gpus: { kind: "text", placeholder: "NUMBER", summary: "GPUs that it gets", otherwise: "none" },
    ports: {
      kind: "texts",
      short: "p",
      placeholder: "PORT",
      aliases: ["publish"],
      summary: "Publish a port of the container: 80, 8080:80 or 53/udp; a list, or repeated",
    },
    env: { kind: "texts", short: "e", placeholder: "NAME=VALUE", summary: "Set a variable; may be repeated" },
    envFile: {
      kind: "texts",
      placeholder: "FILE",
      completion: "file",
      summary: "A file of variables for the container; may be repeated",
    },
    volume: {
      kind: "texts",
      short: "v",
      placeholder: "SOURCE:TARGET",
      summary: "Mount a path of the agent, or a volume of its engine; may be repeated",
    },
    uri: {
      kind: "texts",
      placeholder: "URI",
      completion: "none",
      summary: "Have the agent fetch this into the sandbox, and unpack it; may be repeated",
    },
    dockerArg: {
      kind: "texts",
      placeholder: "KEY=VALUE",
      completion: "none",
      summary: "Any other flag of docker run, by its long name; may be repeated",
    },
    entrypoint: { kind: "text", placeholder: "PROGRAM", summary: "In place of the image's entrypoint" },
    workdir: {
      kind: "text",
      short: "w",
      placeholder: "PATH",
      summary: "Run in this directory of the container",
    },
    user: { kind: "text", short: "u", placeholder: "USER", summary: "Run as this user of the container" },
    label: {
      kind: "texts",
      short: "l",
      placeholder: "NAME=VALUE",
      summary: "A label of the task and of the container; may be repeated",
    },
    pull: {
      kind: "text",
      placeholder: "WHEN",
      choices: ["always", "missing", "never"],
      summary: "When to pull images",
      otherwise: "missing",
    },
    constraint: {
      kind: "texts",
      placeholder: "RULE",
      completion: "none",
      summary: 'Where it may run: hostname=a, "rack!=r3", "zone in a,b" or "disk~ssd.*"; may be repeated',
    },
    timeout: {
      kind: "integer",
      placeholder: "SECONDS",
      minimum: 1,
      summary: "Give up when there is no place for so long",
      otherwise: "no limit",
    },
    dryRun: {
      kind: "boolean",
      summary: "Print the task, without values that may be secret, and launch nothing",
    },
    framework: {
      kind: "text",
      placeholder: "NAME",
      summary: "The framework's name",
      otherwise: "mesolet-launch",
    },
    role: {
      kind: "texts",
      placeholder: "ROLE",
      summary: "A role whose resources it may have; may be repeated",
    },
    agentUser: {
      kind: "text",
      placeholder: "USER",
      summary: "The user of the agents that the executor runs as",
      otherwise: "root",
    },
    principal: {
      kind: "text",
      placeholder: "NAME",
      summary: "Who asks, for a master that wants to know",
    },
    secretFile: {
      kind: "text",
      placeholder: "FILE",
      completion: "file",
      summary: "With --principal: the file that holds its secret",
    },
    executorUri: {
      kind: "text",
      placeholder: "URI",
      summary: "Where agents fetch the program, under a URI with its version in it",
    },
    executorFile: {
      kind: "text",
      placeholder: "PATH",
      summary: "Where the program is on the agents, instead of fetching it",
    },
    executorAllow: {
      kind: "texts",
      placeholder: "RULE[=VALUE]",
      summary:
        "Let pods do on the agents what the default policy denies (docs/policy.md): privileged, bind_mounts=/data:ro",
    },
    serve: {
      kind: "text",
      placeholder: "HOST:PORT",
      summary: "Serve this program to the agents, under an address that they reach",
      otherwise: "the address towards the master",
    },
    tty: { kind: "boolean", short: "t", hidden: true, summary: "There is no terminal: it is refused" },
    interactive: { kind: "boolean", short: "i", hidden: true, summary: "There is no input: it is refused" },
  },
  positionals: [
    { name: "IMAGE", required: false, repeated: false, completion: "none" },
    { name: "WORD", required: false, repeated: true, completion: "none" },
  ],
  verbatimAfterFirst: true,
  examples: [
    {
      line: "mesolet launch --master 10.0.0.5:5050 busybox echo hello",
      summary: "Run a command somewhere on the cluster",
    },
    {
      line: 'mesolet launch --cpus 4 --mem 8g --constraint "disk~ssd.*" -d example.com/train:3',
      summary: "Have something large run by itself on an agent with an SSD",
    },
    { line: "mesolet launch --pod shop.yaml", summary: "Run the pod of a Compose file" },
  ],
} as const satisfies Command;
