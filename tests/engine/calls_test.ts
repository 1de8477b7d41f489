import { startPrivateEngine } from "../../scripts/engine/private_engine.ts";
import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import type { StepKind } from "../../src/plan/step.ts";
import { assertEquals } from "../support/assert.ts";
import { engineAt, type TestEngine } from "../support/engine.ts";
import { type ProgramResult, runProgram } from "../cli/program.ts";

/** The call that a step of a kind makes. Hooks make several, waits and cgroups none. */
const calls: Partial<Record<StepKind, RegExp>> = {
  "load-pause-image": /^POST \/images\/load/,
  "pull-image": /^POST \/images\/create/,
  "create-network": /^POST \/networks\/create/,
  "create-volume": /^POST \/volumes\/create/,
  "create-container": /^POST \/containers\/create/,
  "connect-network": /^POST \/networks\/[^/]+\/connect/,
  "copy-files": /^PUT \/containers\/[^/]+\/archive/,
  "start-container": /^POST \/containers\/[^/]+\/start/,
  "stop-container": /^POST \/containers\/[^/]+\/stop/,
  "remove-container": /^DELETE \/containers\//,
  "rename-container": /^POST \/containers\/[^/]+\/rename/,
};

const spec = (command: string) => `
services:
  a:
    image: busybox
    command: [sleep, "${command}"]
    stop_signal: SIGKILL
    configs: [c]
    volumes: [data:/data]
    networks: [x, y]
  b: {image: busybox, command: [sleep, "1000"], stop_signal: SIGKILL, depends_on: [a], networks: [x]}
configs: {c: {content: hello}}
volumes: {data: {}}
networks: {x: {}, y: {}}
`;

async function compareCalls(test: TestEngine, network: string): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-calls-" });
  const pod = test.podName();
  const mesolet = async (...words: string[]): Promise<ProgramResult> => {
    const result = await runProgram(["-p", pod, "--network", network, ...words], {
      host: test.host,
      directory,
    });
    assertEquals(result.code, 0, result.error);
    return result;
  };
  const callsOf = ({ error }: ProgramResult) =>
    error.split("\n").flatMap((line) => /^engine: (\S+ \S+)/.exec(line)?.[1] ?? []);
  try {
    for (const command of ["1000", "2000"]) {
      await Deno.writeTextFile(`${directory}/compose.yaml`, spec(command));
      const { steps }: { steps: { kind: StepKind }[] } = JSON.parse(
        (await mesolet("plan", "--format", "json")).out,
      );
      const made = callsOf(await mesolet("--debug", "up", "-d")).filter((call) => !call.startsWith("GET "));
      for (const [kind, call] of Object.entries(calls)) {
        const planned = steps.filter((step) => step.kind === kind).length;
        assertEquals(made.filter((each) => call.test(each)).length, planned, `${kind}: ${made.join("\n")}`);
      }
      assertEquals(made.length, steps.length, made.join("\n"));
    }
    // Nothing changed: what the engine is, one list, and the image, whose tag may have moved.
    const again = callsOf(await mesolet("--debug", "up", "-d")).map((call) => call.replace(/\?.*/, ""));
    assertEquals(again, ["GET /info", "GET /containers/json", "GET /images/busybox/json"]);
  } finally {
    await mesolet("down", "-v");
    await Deno.remove(directory, { recursive: true });
  }
}

/** On an engine of its own: what a plan has to make of what pods share is not for another test to make meanwhile. */
Deno.test("engine: up makes the calls that the plan names, and no others", async (context) => {
  const own = await startPrivateEngine();
  try {
    await using test = await engineAt(own.host);
    await importBusybox(test.connection);
    for (const network of ["pod", "services"]) {
      await context.step(`in ${network} mode`, () => compareCalls(test, network));
    }
  } finally {
    await own.stop();
  }
});
