import { parseCommandLine } from "../../src/cli/parse.ts";
import { UsageError } from "../../src/pod/errors.ts";
import { assertEquals, assertObjectMatch, assertThrows } from "../support/assert.ts";

const accepted: {
  readonly name: string;
  readonly line: string[];
  readonly variables?: Record<string, string>;
  readonly command?: string;
  readonly globals?: object;
  readonly values?: object;
  readonly positionals?: string[];
}[] = [
  { name: "nothing", line: [], globals: { file: [], quiet: false, progress: undefined } },
  {
    name: "globals before the command",
    line: ["-f", "a.yaml", "--file=b.yaml", "-pshop", "up"],
    command: "up",
    globals: { file: ["a.yaml", "b.yaml"], projectName: "shop" },
  },
  {
    name: "globals after the command",
    line: ["up", "--file", "a.yaml", "-p", "shop", "--profile", "x", "--profile=y", "-q"],
    command: "up",
    globals: { file: ["a.yaml"], projectName: "shop", profile: ["x", "y"], quiet: true },
  },
  {
    name: "a command's own letter hides the global one",
    line: ["-f", "a.yaml", "logs", "-f", "web"],
    command: "logs",
    globals: { file: ["a.yaml"] },
    values: { follow: true },
    positionals: ["web"],
  },
  { name: "the long global stays", line: ["logs", "--file", "a"], command: "logs", globals: { file: ["a"] } },
  {
    name: "standard input as a file",
    line: ["-f", "-", "config"],
    command: "config",
    globals: { file: ["-"] },
  },
  { name: "down -v", line: ["down", "-v"], command: "down", values: { volumes: true } },
  { name: "down by name", line: ["down", "shop"], command: "down", positionals: ["shop"] },
  { name: "-v alone is the version", line: ["-v"], command: "version" },
  {
    name: "joined letters, the last with its value",
    line: ["logs", "-ftn20"],
    command: "logs",
    values: { follow: true, timestamps: true, tail: "20" },
  },
  { name: "a letter with =", line: ["stop", "-t=5"], command: "stop", values: { timeout: 5 } },
  {
    name: "a value that looks like a flag",
    line: ["logs", "--tail", "-1"],
    command: "logs",
    values: { tail: "-1" },
  },
  { name: "an empty value", line: ["-p", "", "up"], command: "up", globals: { projectName: "" } },
  {
    name: "the last of two values",
    line: ["stop", "-t", "5", "-t", "7"],
    command: "stop",
    values: { timeout: 7 },
  },
  {
    name: "a switch that is switched off",
    line: ["up", "-d", "--detach=false", "--remove-orphans=1"],
    command: "up",
    values: { detach: false, removeOrphans: true },
  },
  {
    name: "flags among services",
    line: ["up", "web", "-d", "cache"],
    command: "up",
    values: { detach: true },
    positionals: ["web", "cache"],
  },
  {
    name: "-- ends flags",
    line: ["up", "--", "-d"],
    command: "up",
    values: { detach: false },
    positionals: ["-d"],
  },
  {
    name: "what follows the service of exec is not ours",
    line: ["exec", "-u", "root", "web", "ls", "-l", "--help", "-f"],
    command: "exec",
    globals: { help: false, file: [] },
    values: { user: "root" },
    positionals: ["web", "ls", "-l", "--help", "-f"],
  },
  {
    name: "words to complete are taken as they stand",
    line: ["__complete", "-f", "--", "logs", "--ta"],
    command: "__complete",
    globals: { file: [] },
    positionals: ["-f", "--", "logs", "--ta"],
  },
  {
    name: "help before what is required is there",
    line: ["exec", "--help"],
    command: "exec",
    globals: { help: true },
  },
  {
    name: "a variable stands in for a flag",
    line: ["up"],
    variables: { MESOLET_NETWORK: "services", COMPOSE_PROGRESS: "plain" },
    command: "up",
    globals: { network: "services", progress: "plain" },
  },
  {
    name: "a flag goes before its variable, an empty variable counts as none",
    line: ["up", "--network", "host"],
    variables: { MESOLET_NETWORK: "services", COMPOSE_PROGRESS: "" },
    command: "up",
    globals: { network: "host", progress: undefined },
  },
  {
    name: "a number of a variable",
    line: ["executor"],
    variables: { MESOLET_WAIT_ENGINE: "120" },
    command: "executor",
    values: { waitEngine: 120 },
  },
];

for (const { name, line, variables, command, globals, values, positionals } of accepted) {
  Deno.test(`reads ${name}: mesolet ${line.join(" ")}`, () => {
    const parsed = parseCommandLine(line, variables ?? {});
    assertEquals<string | undefined>(parsed.command?.name, command);
    if (globals !== undefined) assertObjectMatch(parsed.globals, globals);
    if (values !== undefined) assertObjectMatch(parsed.values, values);
    if (positionals !== undefined) assertEquals(parsed.positionals, positionals);
  });
}

const refused: {
  readonly line: string[];
  readonly message: string;
  readonly variables?: Record<string, string>;
}[] = [
  { line: ["pus"], message: '"pus" is not a command of mesolet: did you mean ps?' },
  { line: ["ls"], message: '"ls" is not a command of mesolet: mesolet ps -A lists all pods' },
  { line: ["frobnicate"], message: '"frobnicate" is not a command of mesolet: see mesolet help' },
  { line: ["__proto__"], message: '"__proto__" is not a command of mesolet: see mesolet help' },
  { line: ["up", "--detatch"], message: "--detatch is not a flag of up: did you mean --detach?" },
  { line: ["up", "--frobnicate"], message: "--frobnicate is not a flag of up: see mesolet help up" },
  { line: ["up", "-x"], message: "-x is not a flag of up: see mesolet help up" },
  { line: ["--fiel", "a", "up"], message: "--fiel is not a flag of mesolet: did you mean --file?" },
  { line: ["--no-start", "up"], message: "--no-start is a flag of up and plan: write it after the command" },
  { line: ["--tail=3", "logs"], message: "--tail is a flag of logs: write it after the command" },
  { line: ["up", "--file"], message: "--file needs a value: --file FILE" },
  { line: ["stop", "-t"], message: "-t needs a value: -t SECONDS" },
  { line: ["stop", "-t", "soon"], message: '-t takes a whole number of at least 0, not "soon"' },
  {
    line: ["executor", "--wait-engine", "3601"],
    message: '--wait-engine takes a whole number from 0 to 3600, not "3601"',
  },
  { line: ["stop", "--timeout=-1"], message: '--timeout takes a whole number of at least 0, not "-1"' },
  { line: ["up", "-d=maybe"], message: '-d takes true or false, not "maybe"' },
  {
    line: ["up", "--pull", "allways"],
    message: '--pull takes always, missing or never, not "allways": did you mean always?',
  },
  { line: ["exec", "web"], message: "exec needs COMMAND: see mesolet help exec" },
  { line: ["exec"], message: "exec needs SERVICE: see mesolet help exec" },
  { line: ["down", "a", "b"], message: 'down does not take the argument "b": see mesolet help down' },
  { line: ["completion", "tcsh"], message: 'SHELL is bash, zsh or fish, not "tcsh"' },
  {
    line: ["up"],
    variables: { COMPOSE_ANSI: "sometimes" },
    message: 'the variable COMPOSE_ANSI takes auto, never or always, not "sometimes"',
  },
];

for (const { line, message, variables } of refused) {
  Deno.test(`refuses mesolet ${line.join(" ")}`, () => {
    const error = assertThrows(() => parseCommandLine(line, variables ?? {}), UsageError);
    assertEquals(error.message, message);
  });
}
