import { assert, assertEquals } from "../../support/assert.ts";
import { mesosMaterial } from "../wire/mesos_material.ts";
import { deedsOf } from "./deeds.ts";
import { readRecordings } from "./recording.ts";
import { Replay, type ReplaySetup } from "./replay.ts";

/** The repository has a few recordings of its own, so that the most important exchanges are played everywhere. */
const own = new URL("../fixtures/recordings", import.meta.url).pathname;

const setups: Readonly<Record<string, ReplaySetup>> = {
  "exec-agent-restart-nocheckpoint-cgroups": { launcher: "linux" },
  "exec-cgroups-oom": { launcher: "linux" },
  "exec-registration-timeout": { registrationTimeout: 3_000 },
  "exec-auth": { jwtKey: "recording-test-key-not-a-secret-0123456789" },
  "exec-domain-socket": { domainSocket: true },
};

/**
 * What is in recordings and not played, or not compared, and why. Everything else is: each answer's status, headers and
 * text, each record of each stream and how it ended, each update, failure and message that the scheduler saw.
 */
const notReplayed: Readonly<Record<string, string>> = {
  "exec-launch-group-limits": "all of it is what the master refuses; nothing reaches the agent",
  "exec-second-task":
    "TASK_ERROR for an incompatible ExecutorInfo and for a duplicate task id are the master's",
  "exec-heartbeat": "the scheduler was not recorded: only the executor's side is compared",
  "exec-fetch-fails": "the agent is told of the failed fetch; strict_agent_test.ts makes a fetch fail",
  "exec-cgroups-oom": "the agent is told of the kernel's kill and its statistics",
  "exec-env-noshell": "argv and environment are compared in given_environment_test.ts",
  "exec-agent-restart-checkpoint":
    "whether a pending update comes once or twice afterwards is a matter of moments",
};

const recorded = mesosMaterial === undefined ? [] : await readRecordings(`${mesosMaterial}/recordings`);
const sets = [
  { name: "a real agent", recordings: recorded },
  { name: "our own fixture", recordings: await readRecordings(own) },
];

Deno.test("replay: there are recordings, and what is not replayed is said of those that exist", () => {
  assert(sets.some((set) => set.recordings.length > 0));
  const names = new Set(recorded.map((recording) => recording.scenario));
  if (recorded.length > 0) assertEquals(Object.keys(notReplayed).filter((name) => !names.has(name)), []);
  const counts = sets.map((set) => `${set.recordings.length} of ${set.name}`);
  // deno-lint-ignore no-console -- which set ran is worth a line
  console.log(`replayed: ${counts.join(", ")}`);
});

for (const { name, recordings } of sets) {
  for (const recording of recordings) {
    Deno.test(`replay, ${name}: ${recording.scenario} in ${recording.encoding}`, async () => {
      const did = await Replay.run(recording, setups[recording.scenario] ?? {});
      const wanted = deedsOf(recording);
      assertEquals(did.connections, wanted.connections);
      const seen = recording.lines.some((line) => line.dir === "master->scheduler");
      if (seen) assertEquals(did.scheduler, wanted.scheduler);
    });
  }
}
