import { assert, assertEquals } from "../../support/assert.ts";
import { readRecordings } from "../agent/recording.ts";
import { mesosMaterial } from "../wire/mesos_material.ts";
import { deedsOf, withoutHeartbeats } from "./master_deeds.ts";
import { MasterReplay, type MasterReplaySetup } from "./master_replay.ts";

const setups: Readonly<Record<string, MasterReplaySetup>> = {
  "sched-auth": { credentials: new Map([["p", "s"], ["q", "s"]]) },
  "sched-agent-lost": { agentPingTimeout: 2_000 },
  // Both encodings were recorded of one master, JSON first: it had removed this framework by then.
  "sched-failover in application/x-protobuf": { removed: ["00000000-0000-0000-0000-000000000000-0007"] },
};

/**
 * Every recording of schedulers and operators is played. Of those of executors, which have a scheduler as well, some are
 * not, since they depend on what happens inside of an agent; they are played against the strict agent by itself.
 */
const notPlayed: Readonly<Record<string, string>> = {
  "exec-agent-restart-checkpoint": "when the agent is back is not recorded",
  "exec-agent-restart-late": "when the agent is back is not recorded",
  "exec-agent-restart-nocheckpoint-cgroups": "when the agent is back is not recorded",
  "exec-auth": "the agent is restarted in between",
  "exec-cgroups-oom": "the agent is told of the kernel's kill",
  "exec-fetch-fails": "the agent is told of the failed fetch",
  "exec-heartbeat": "no scheduler was recorded",
  "exec-lifecycle": "an update comes after the agent's own time",
  "exec-registration-timeout": "a setting of the agent",
  "exec-update-refused": "the agent adds a time of its own",
};

const recordings = mesosMaterial === undefined ? [] : [
  ...await readRecordings(`${mesosMaterial}/recordings`, "sched-"),
  ...await readRecordings(`${mesosMaterial}/recordings`, "operator-"),
  ...(await readRecordings(`${mesosMaterial}/recordings`, "exec-"))
    .filter(({ scenario }) => notPlayed[scenario] === undefined),
];

for (const recording of recordings) {
  const name = `${recording.scenario} in ${recording.encoding}`;
  Deno.test(`replay of a real master: ${name}`, async () => {
    const did = await MasterReplay.run(recording, setups[name] ?? setups[recording.scenario] ?? {});
    const wanted = deedsOf(recording);
    assert(Object.keys(wanted).length > 0);
    for (const [conn, deeds] of Object.entries(wanted)) {
      const what = `connection ${conn} of ${recording.scenario}`;
      assertEquals(withoutHeartbeats(did[conn] ?? []), withoutHeartbeats(deeds), what);
    }
  });
}
