import type { Flags, FlagValues } from "./command.ts";

/** Flags that every command takes, before its name or after it. Names and letters are those of Docker Compose. */
export const globalFlags = {
  file: {
    kind: "texts",
    short: "f",
    placeholder: "FILE",
    completion: "file",
    summary: "A Compose file; again for files that are merged over it; - is standard input",
  },
  projectName: {
    kind: "text",
    short: "p",
    placeholder: "NAME",
    completion: "pod",
    summary: "The pod's name, in place of the file's",
  },
  profile: {
    kind: "texts",
    placeholder: "NAME",
    summary: "A profile to activate; may be repeated",
  },
  envFile: {
    kind: "texts",
    placeholder: "FILE",
    completion: "file",
    summary: "A file with variables for interpolation, in place of .env; may be repeated",
  },
  projectDirectory: {
    kind: "text",
    placeholder: "DIRECTORY",
    completion: "directory",
    summary: "Where relative paths start from",
    otherwise: "the directory of the first file",
  },
  network: {
    kind: "text",
    placeholder: "MODE",
    summary:
      "How containers reach each other, over the file's x-pod.network: pod, services, host, none or a network",
    variable: "MESOLET_NETWORK",
  },
  policy: {
    kind: "text",
    placeholder: "FILE",
    completion: "file",
    summary: "A policy that pods are held to, beside that of the host",
    variable: "MESOLET_POLICY",
  },
  plugins: {
    kind: "text",
    placeholder: "DIRECTORY",
    completion: "directory",
    summary: "Programs that look at pods before they are launched, and may change them",
    otherwise: "/etc/mesolet/plugins",
    variable: "MESOLET_PLUGINS",
  },
  host: {
    kind: "text",
    short: "H",
    placeholder: "URL",
    summary: "The engine: unix:///PATH or tcp://HOST:PORT",
    otherwise: "DOCKER_HOST, the Docker context, then the usual sockets",
  },
  context: {
    kind: "text",
    short: "c",
    placeholder: "NAME",
    summary: "The Docker context whose engine is used",
  },
  progress: {
    kind: "text",
    placeholder: "KIND",
    choices: ["auto", "tty", "plain", "quiet", "json"],
    summary: "How progress is shown",
    variable: "COMPOSE_PROGRESS",
    otherwise: "auto",
  },
  ansi: {
    kind: "text",
    placeholder: "WHEN",
    choices: ["auto", "never", "always"],
    summary: "When to use colours and to redraw lines",
    variable: "COMPOSE_ANSI",
    otherwise: "auto",
  },
  quiet: {
    kind: "boolean",
    short: "q",
    summary: "Print no progress and no warnings",
  },
  debug: {
    kind: "boolean",
    summary: "Print the calls made to the engine, and causes and stacks of errors",
  },
  help: {
    kind: "boolean",
    short: "h",
    summary: "Print help and do nothing",
  },
} as const satisfies Flags;

/** The values of the global flags. */
export type GlobalValues = FlagValues<typeof globalFlags>;
