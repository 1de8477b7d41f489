import type { StepKind } from "../../src/plan/step.ts";
import { assertEquals } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
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

for (const network of ["pod", "services"]) {
  Deno.test(`engine: in ${network} mode up makes the calls that the plan names, and no others`, async () => {
    await using test = await testEngine();
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
  });
}
