import { programVersion } from "../../src/cli/program_version.ts";
import { commands } from "../../src/cli/commands.ts";
import {
  type ProgramCall,
  type ProgramResult,
  projectDirectory,
  runProgram,
  startProgram,
} from "../cli/program.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { builtCommit, builtFile } from "../support/built_file.ts";
import { testEngine } from "../support/engine.ts";
import { goesOn } from "../support/running_operator.ts";

/** A call of the built file in a project with the services `web` and `once`. */
type Run = (...words: string[]) => Promise<ProgramResult>;

/** What each command is tried with, in an order in which each finds what it needs. */
interface Smoke {
  readonly command: string;
  try(run: Run, place: { readonly file: string; readonly call: ProgramCall }): Promise<void>;
}

function smoke(command: string, words: readonly string[], seen: string, code = 0): Smoke {
  return {
    command,
    async try(run) {
      const result = await run(command, ...words);
      assertStringIncludes(`${result.out}${result.error}`, seen);
      assertEquals(result.code, code, result.error);
    },
  };
}

/** A command that goes on until it is told to end. */
function daemon(command: string, words: readonly string[], seen: string, code = 0): Smoke {
  return {
    command,
    async try(_, { call }) {
      await using program = startProgram([command, ...words], call);
      await program.seen(seen);
      program.signal("SIGTERM");
      const ended = await program.ended();
      assertEquals(ended.code, code, ended.error);
    },
  };
}

const smokes: readonly Smoke[] = [
  {
    command: "version",
    async try(run, { file }) {
      const facts = JSON.parse((await run("version", "--json")).out);
      assertEquals([facts.version, facts.commit, facts.build, facts.file], [
        programVersion,
        builtCommit,
        "self-extracting",
        file,
      ]);
      assertEquals(Object.keys(facts.schemas), ["containerHash", "mesosApi", "statusApi"]);
    },
  },
  smoke("help", ["up"], "Usage: mesolet up"),
  smoke("completion", ["bash"], "complete "),
  smoke("__complete", ["ver"], "version"),
  smoke("config", ["--services"], "web"),
  smoke("convert", ["--services"], "web"),
  smoke("plan", [], "create"),
  smoke("doctor", [], "engine"),
  smoke("pull", ["--policy", "missing"], ""),
  smoke("setup", ["--root", ".", "--dry-run"], "would write /usr/local/bin/mesolet"),
  smoke("up", ["-d"], "web"),
  smoke("ps", [], "web"),
  smoke("exec", ["-T", "web", "sh", "-c", "echo from-$((40 + 2))"], "from-42"),
  smoke("logs", [], "hello"),
  smoke("events", ["--since", "1h", "--until", "0s"], "web"),
  smoke("restart", ["-t", "0", "web"], "web"),
  smoke("stop", ["-t", "0"], "web"),
  smoke("start", [], "web"),
  smoke("kill", ["web"], "web"),
  smoke("rm", ["-f", "web"], "web"),
  smoke("down", ["-t", "0"], ""),
  {
    command: "operator",
    async try(_, { call }) {
      await using program = startProgram(
        ["operator", "--listen", "127.0.0.1:0", "--stop-pods", "pods"],
        call,
      );
      await program.seen(": runs");
      const [, address = ""] = /tells what runs at (\S+)/.exec(program.out) ?? [];
      const page = await (await fetch(address)).text();
      // The page is one of the files that the program has within it, with its script and its style.
      for (const part of ["<script", "<style", "/v1/pods"]) assertStringIncludes(page, part);
      program.signal("SIGTERM");
      assertEquals((await program.ended()).code, 0);
    },
  },
  daemon("run", ["--listen", "none", "--stop-pods", "pods"], "runs"),
  daemon("compose-dir", [".", "-t", "0"], "hello", 143),
  smoke("reap", ["--dry-run"], ""),
  smoke("why", ["web", "--operator", "http://127.0.0.1:9"], "nobody listens there", 69),
  smoke("pin", ["--check", "compose.yaml"], "has no digest", 1),
  smoke("images", ["ls", "pods"], "it has no archive", 66),
  smoke("launch", ["--dry-run", "--executor-file", "/opt/mesolet", "busybox"], '"name": "busybox"'),
  // Without a container there is nothing to tell but that.
  smoke("containerizer", ["containers"], ""),
  // What it does under an agent is tried in built_file_test.ts.
  smoke("executor", [], "MESOS", 78),
];

Deno.test("engine: the built file does what each command is for", async () => {
  await using engine = await testEngine();
  const file = await builtFile();
  const pod = engine.podName();
  const spec = `
name: ${pod}
services:
  web: { image: busybox, command: ${goesOn} }
  once: { image: busybox, command: echo hello }
`;
  await using project = await projectDirectory({ "compose.yaml": spec });
  const watched = engine.podName();
  await Deno.mkdir(`${project.path}/pods`);
  await Deno.writeTextFile(`${project.path}/pods/one.yaml`, spec.replace(pod, watched));
  const call: ProgramCall = {
    host: engine.host,
    directory: project.path,
    program: [file.path],
    variables: { MESOLET_CACHE_DIR: file.cache },
  };
  const run: Run = (...words) => runProgram(words, call);
  const failures: string[] = [];
  for (const one of smokes) {
    await one.try(run, { file: file.path, call }).catch((error) =>
      failures.push(`${one.command}: ${error.message}`)
    );
  }
  await run("-p", watched, "down", "-t", "0");
  await run("down", "-t", "0");
  assertEquals(failures, []);
});

Deno.test("every command of the table is tried with the built file", () => {
  const tried = new Set(smokes.map(({ command }) => command));
  assertEquals(Object.keys(commands).filter((name) => !tried.has(name)), []);
  assert(smokes.length >= Object.keys(commands).length);
});
