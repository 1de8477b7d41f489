import { ExitCode } from "../../src/pod/errors.ts";
import { programVersion } from "../../src/cli/program_version.ts";
import { wantsColours } from "../../src/cli/style.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { ManualSignals, runInMemory } from "./command_line.ts";

Deno.test("without a command help is printed, and the exit code says that something was missing", async () => {
  const result = await runInMemory([]);
  assertEquals(result.code, ExitCode.usage);
  assertStringIncludes(result.out, "Usage: mesolet [FLAGS] COMMAND");
  assertEquals(result.error, "");
});

Deno.test("help of the program and of a command can be asked for in three ways", async () => {
  assertEquals((await runInMemory(["--help"])).code, ExitCode.ok);
  const byCommand = await runInMemory(["help", "version"]);
  assertStringIncludes(byCommand.out, "Usage: mesolet version [FLAGS]");
  assertEquals(await runInMemory(["version", "--help"]), byCommand);
  assertEquals(await runInMemory(["version", "-h"]), byCommand);
});

Deno.test("a wrong command line is one line and exit code 64", async () => {
  assertEquals(await runInMemory(["verson"]), {
    code: ExitCode.usage,
    out: "",
    error: 'error: "verson" is not a command of mesolet: did you mean version?\n',
  });
  assertEquals((await runInMemory(["help", "verson"])).code, ExitCode.usage);
});

Deno.test("the version is printed for people and for programs", async () => {
  assertEquals((await runInMemory(["version", "--short"])).out, `${programVersion}\n`);
  assertEquals(JSON.parse((await runInMemory(["version", "--json"])).out).version, programVersion);
  const long = await runInMemory(["--version"]);
  assert(long.out.startsWith(`mesolet ${programVersion} (`));
  assertEquals(await runInMemory(["-v"]), long);
});

Deno.test("an environment file that is not there is an error of every command that works on pods", async () => {
  const nowhere = { variables: { DOCKER_HOST: "unix:///no/engine.sock" }, workingDirectory: "/tmp" };
  const commands = [["ps"], ["-p", "shop", "stop"], ["down", "shop"], ["-p", "shop", "logs"], ["config"]];
  for (const command of commands) {
    const result = await runInMemory(["--env-file", "no.env", ...command], nowhere);
    assertEquals(result, {
      code: ExitCode.noInput,
      out: "",
      error: "error: the environment file /tmp/no.env cannot be read: there is no such file\n",
    });
  }
  assertEquals((await runInMemory(["--env-file", "no.env", "version"], nowhere)).code, ExitCode.ok);
});

Deno.test("a name that no pod can have is an error, not a pod that is not there", async () => {
  const nowhere = { variables: { DOCKER_HOST: "unix:///no/engine.sock" } };
  for (const command of ["ps", "stop", "logs", "down", "rm"]) {
    const flags = command === "rm" ? ["-f"] : [];
    const result = await runInMemory(["-p", "../Shop", command, ...flags], nowhere);
    assertEquals(result.code, ExitCode.usage, command);
    assertStringIncludes(result.error, '"../Shop" cannot be the name of a pod');
  }
});

Deno.test("colours of errors follow --ansi even where the line cannot be read", async () => {
  const coloured = await runInMemory(["--ansi=always", "--nonsense"]);
  assert(coloured.error.startsWith("\x1b[31merror:\x1b[0m"));
});

Deno.test("no signal is listened to once a command has ended", async () => {
  const signals = new ManualSignals();
  await runInMemory(["version"], { signals: signals.source });
  assertEquals(signals.listeners, 0);
});

Deno.test("colours: flags decide, then NO_COLOR, then the output", () => {
  const auto = { ansi: "auto", isTerminal: true, variables: { TERM: "xterm" } } as const;
  assertEquals(wantsColours(auto), true);
  assertEquals(wantsColours({ ...auto, isTerminal: false }), false);
  assertEquals(wantsColours({ ...auto, variables: { NO_COLOR: "1" } }), false);
  assertEquals(wantsColours({ ...auto, variables: { NO_COLOR: "" } }), true);
  assertEquals(wantsColours({ ...auto, variables: { TERM: "dumb" } }), false);
  assertEquals(wantsColours({ ...auto, ansi: "never" }), false);
  assertEquals(wantsColours({ ansi: "always", isTerminal: false, variables: { NO_COLOR: "1" } }), true);
  assertEquals(wantsColours({ ...auto, ansi: "always", noColor: true }), false);
});
