import { assertEquals } from "../support/assert.ts";

/**
 * Which tests prove which rule of the protocol of Mesos: the numbered rules of an executor's life (3) and the traps
 * (5). A rule that binds a framework alone says so.
 */

const here = new URL("../", import.meta.url);

interface Rule {
  readonly rule: string;
  /** Its test file, below `tests/`, and the names of tests as they are written there. */
  readonly proofs?: Readonly<Record<string, readonly string[]>>;
  /** Why no test of an executor proves it. */
  readonly frameworkOnly?: string;
}

const session = "mesos/executor/decide_session_test.ts";
const withAgent = "mesos/executor/session_with_agent_test.ts";
const taskRun = "mesos/executor/task_run_test.ts";
const executor = "mesos/executor/executor_test.ts";

const rules: Readonly<Record<string, Rule>> = {
  "3.1": {
    rule: "Subscribe in time, again each second, with both lists",
    proofs: {
      [session]: [
        "session: SUBSCRIBE goes out at once, with both lists",
        "session: while nobody answers it tries each second, and says why once",
        "session: a first subscription that is refused is borne as long as the agent itself waits",
      ],
      "mesos/executor/executor_environment_test.ts": [
        "the environment that an agent gives is read",
        "all that is wrong is told at once, a line each",
      ],
      "engine/executor_test.ts": [
        "executor with an engine: a task runs, tells its address, is killed, and leaves nothing",
      ],
    },
  },
  "3.2": {
    rule: "UPDATE: uuid, source, timestamp, no agent id, no container id",
    proofs: {
      "engine/executor_life_test.ts": [
        "3.2 UPDATE and 3.14 RUNNING: what an agent and Mesos-DNS want, from an image of a registry",
      ],
      "mesos/executor/agent_session_test.ts": [
        "a task from its launch to its end, in ${type}, with records in pieces and late acknowledgements",
        "a report that no message can hold is refused, and hurts nobody else",
      ],
      "mesos/agent/strict_agent_test.ts": ["strict agent: bad manners are noted"],
    },
  },
  "3.3": {
    rule: "STARTING, RUNNING, KILLING, one terminal state; checks copy the last status",
    proofs: {
      "mesos/executor/task_reporter_test.ts": [
        "a task is reported in order, each state once",
        "a result of a check copies the last RUNNING, with reason 28 or 29",
      ],
      [session]: ["session: a second end of a task is refused here: the agent would pass it on"],
      "mesos/executor/decide_session_property_test.ts": [
        "session: whatever happens, each task's history arrives whole, once and in order",
      ],
    },
  },
  "3.4": {
    rule: "Unacknowledged updates and tasks: kept, listed, sent again, not for ever",
    proofs: {
      [session]: [
        "session: while UPDATE is 503, the same report is tried each second",
        "session: after half a minute of silence a report is sent again",
        "session: SUBSCRIBED is told, LAUNCH is told and listed until a report of it is acknowledged",
      ],
      "mesos/executor/updates_test.ts": ["unacknowledged: ${name}"],
      [executor]: ["an acknowledgement that never comes is waited for a minute"],
      "engine/executor_restart_test.ts": [
        "3.4 Unacknowledged: what a scheduler does not acknowledge is no reason to wait or to speak again",
      ],
    },
  },
  "3.5": {
    rule: "Events that are sent while it is disconnected are lost",
    proofs: {
      [session]: [
        "session: what an older stream still says is not heard",
        "session: after an event that cannot be read, SUBSCRIBE tells the agent what arrived",
      ],
      "engine/executor_outside_test.ts": [
        "3.5 MESSAGE: status, logs and exec are answered, and what is none of ours is left alone",
      ],
    },
  },
  "3.6": {
    rule: "Disconnect: the end without checkpoint; with it the pod goes on, until the recovery timeout",
    proofs: {
      [session]: [
        "session: the time that an agent is waited for begins once, and only SUBSCRIBED ends it",
        "session: with checkpointing the pause is random, and within what the agent allows",
        "session: without checkpointing it gives up the moment that the stream breaks",
      ],
      "engine/executor_restart_test.ts": [
        "3.6 Disconnect with checkpoint: the pod goes on, and reports of meanwhile arrive once and in order",
        "3.6 Disconnect without checkpoint: the pod is stopped, and the executor ends",
        "3.6 Disconnect: when the recovery timeout is over, the pod is stopped and the exit code says so",
      ],
    },
  },
  "3.7": {
    rule: "Which refusals are borne, for how long, and which are not",
    proofs: {
      [session]: [
        "session: ${code} ${text} to SUBSCRIBE is borne for the recovery timeout, at a pace",
        "session: a report that the agent will never take is dropped and told of; the others go on",
        "session: an UPDATE of an executor that is not subscribed makes it subscribe, without a disconnect",
      ],
      "engine/executor_restart_test.ts": [
        "3.7 refused with ${status}: borne for the recovery timeout, then the pod goes",
        "3.7 503 and 404 while an agent starts: borne, and nothing of the pod is touched",
      ],
    },
  },
  "3.8": {
    rule: "SHUTDOWN: no more work, all killed within the grace, and the end",
    proofs: {
      [executor]: [
        "SHUTDOWN kills all tasks within its grace, and takes no more work",
        "SHUTDOWN before SUBSCRIBED, and with no task, ends the executor at once",
        "ERROR of the agent ends the executor as SHUTDOWN does, with an exit code that says so",
      ],
      "mesos/executor/kill_grace_test.ts": [
        "at SHUTDOWN the pod has two seconds less than the agent gives the executor",
      ],
      "engine/executor_shutdown_test.ts": [
        "3.8 SHUTDOWN: a pod that ignores TERM is gone within the grace, in ${media}",
        "3.8 SHUTDOWN: SIGTERM is the same",
        "3.8 SHUTDOWN: of a torn down framework, which acknowledges nothing any more",
        "3.8 SHUTDOWN during the launch: what was made goes",
      ],
    },
  },
  "3.9": {
    rule: "KILL: whose grace counts, a repeat only shortens, KILLING by capability, unknown tasks",
    proofs: {
      "mesos/executor/kill_grace_test.ts": [
        "the grace of a kill is the event's, else the task's, else none of its own",
        "a repeated kill may only shorten what is left, counted from the first",
      ],
      [executor]: ["KILL of a task that is not here is ignored"],
      "mesos/executor/task_run_engine_test.ts": [
        "KILL while the engine is gone for good: KILLED within a bound, and what may be left is said",
      ],
      "engine/executor_kill_test.ts": [
        "3.9 KILL: the event's kill_policy over the task's over the default; a repeat may shorten it",
        "3.9 KILL: no KILLING for a framework without the capability, and checks stop",
      ],
    },
  },
  "3.10": {
    rule: "KILL during the launch breaks it off, wherever it is",
    proofs: {
      [taskRun]: [
        "a kill pre-empts the launch in every step: KILLED, and nothing is left",
        "a kill while the spec is read or the engine is awaited makes nothing",
      ],
      "engine/executor_kill_test.ts": [
        "3.10 KILL during the launch, at any call of the engine: KILLED, and nothing is left",
        "3.10 KILL during the launch, while ${name}: KILLED",
        "3.10 KILL during the launch, while a registry does not answer: KILLED",
      ],
      "engine/executor_outside_test.ts": [
        "3.10 KILL during the launch, while a hook of launching goes on: KILLED, and its command is gone",
      ],
    },
  },
  "3.11": {
    rule: "The terminal state, its reason and its message",
    proofs: {
      "mesos/executor/task_report_test.ts": ["the end of a task, by what ended it"],
      [taskRun]: [
        "max_completion_time: FAILED with its reason, without a grace",
        "an engine that does not answer fails the task",
      ],
      "mesos/executor/reach_engine_test.ts": [
        "an engine that does not answer is waited for ${seconds} s, which is said once",
      ],
      "engine/executor_life_test.ts": [
        "3.11 a task that fails: a message for people, a reason where there is one",
        "3.11 an unhealthy container fails the task with healthy=false",
        "3.11 a pod whose essential containers end with 0 has FINISHED, after RUNNING",
      ],
      "engine/executor_memory_test.ts": [
        "3.11 a container out of its own memory: FAILED, named, with the reason of the limit",
        "3.11 a pod out of the task's memory: FAILED with the limitation",
      ],
    },
  },
  "3.12": {
    rule: "LAUNCH again, and exit 0 when nothing is left to do or to tell",
    proofs: {
      [executor]: [
        "an idle executor takes another task before it ends",
        "the executor ends with 0 when its task has ended and everything is acknowledged",
        "a task id that has ended may be launched again, and one that runs is not launched twice",
      ],
      "engine/executor_life_test.ts": [
        "3.12 LAUNCH again: two tasks in one executor, a finished id, and an end with nothing left",
      ],
    },
  },
  "3.13": {
    rule: "LAUNCH_GROUP: all or nothing, and reports of each task",
    proofs: {
      [session]: ["session: a group is launched as one event, and all of its tasks are listed"],
      "engine/executor_group_test.ts": [
        "3.13 LAUNCH_GROUP: each task is a pod; the kill of one ends the others, each with its own reports",
        "3.13 LAUNCH_GROUP: a task that fails ends the others, one that finishes does not",
        "3.13 LAUNCH_GROUP: all or nothing: a task that cannot be made keeps the others from running",
        "3.13 LAUNCH_GROUP: SHUTDOWN ends all of it within the grace",
      ],
    },
  },
  "3.14": {
    rule: "RUNNING has the pod's address and an inspection; a check its typed status",
    proofs: {
      [taskRun]: ["RUNNING carries what an inspection says of the pause container, without an environment"],
      "mesos/executor/task_report_test.ts": [
        "the addresses are the pod's own; on the host's network the agent's stand",
      ],
      "engine/executor_checks_test.ts": [
        "3.14 a check: its status is typed in every report, each change is told, and it kills nobody",
      ],
      "engine/executor_test.ts": [
        "executor with an engine: a task runs, tells its address, is killed, and leaves nothing",
      ],
    },
  },
  "3.15": {
    rule: "Health checks: grace, every failure, the first success, the kill, 127.0.0.1 of the pod",
    proofs: {
      "mesos/executor/health_check_test.ts": [
        "health: ${name}",
        "a health check has the times of Mesos, waits an interval after each try, and stops at once",
      ],
      "engine/executor_checks_test.ts": [
        "3.15 health checks at 127.0.0.1 of the pod's own namespace: healthy, then killed with healthy=false",
        "3.15 the grace period ignores failures until the first success",
      ],
      "engine/task_checks_test.ts": [
        "engine: ports are asked at the loopback of the pod's own network namespace",
      ],
    },
  },
  "5.1": {
    rule: "TLS with an IP in the certificate",
    proofs: {
      "mesos/wire/tls_test.ts": [
        "a certificate is not looked at by default, and on demand must be of the authority and for the address",
      ],
      "engine/executor_outside_test.ts": [
        "5.1 TLS: an agent at an IP, its certificate looked at, and ours shown",
      ],
    },
  },
  "5.2": {
    rule: "307 is an answer as any other: no library follows it without the credentials",
    proofs: {
      "mesos/wire/http_test.ts": ["every status is an answer, with the words of a refusal and its headers"],
    },
  },
  "5.3": {
    rule: "Domain sockets; a connection that went stale",
    proofs: {
      "mesos/wire/http_test.ts": [
        "a domain socket is asked for the agent's own path, parentheses as they are",
        "a call that finds its connection closed is sent again, once; one that breaks on a new one is not",
      ],
      "engine/executor_outside_test.ts": ["5.3 the domain socket of the agent, through a restart"],
    },
  },
  "5.4": {
    rule: "The pause before a subscription never misses the agent's window",
    proofs: {
      [session]: ["session: with checkpointing the pause is random, and within what the agent allows"],
      [withAgent]: ["agent: its restart loses neither tasks nor reports, in ${media}"],
      "engine/executor_restart_test.ts": [
        "5.4 the stream breaks, and KILL in between is lost: the executor is there for the next one",
      ],
    },
  },
  "5.5": {
    rule: "Containers outlive a killed executor: labels, a sweep at the start, a reaper",
    proofs: {
      "mesos/task/gifts_test.ts": ["labels say whose everything is"],
      "mesos/reap/agent_view_test.ts": ["an agent that is gone, or recovers, is not believed to run nothing"],
      "engine/reap_agent_test.ts": [
        "reap --agent: an executor that cannot be seen from here is there as long as its agent says so",
      ],
      "mesos/reap/judge_test.ts": ["a pod is removed only when its executor is gone for sure"],
      "mesos/reap/reap_cgroups_test.ts": [
        "an empty cgroup of a task that nothing else is left of goes at the second look",
      ],
      "engine/executor_leak_test.ts": [
        "5.5 kill -9 of ${kills} executors at moments of seed ${seed}, then reap: nothing is left",
        "5.5 a cgroup that is all that is left of a pod goes as well",
        "5.5 what an executor that was killed left goes at the start of ${next}, and nothing else",
      ],
    },
  },
  "5.6": {
    rule: "The pod's cgroup is outside of mesos/",
    proofs: {
      "engine/executor_memory_test.ts": [
        "5.6 the pod's cgroup has the task's limits and is not below mesos/; it goes with the pod",
        "5.6 label mesolet.cgroup=none: no parent of ours",
      ],
    },
  },
  "5.7": {
    rule: "The shutdown grace that a framework gives is used",
    proofs: {
      "engine/executor_shutdown_test.ts": [
        "5.7 the grace of ExecutorInfo.shutdown_grace_period is the pod's to use",
      ],
    },
  },
  "5.8": { rule: "Stream ids, and REVIVE against DECLINE", frameworkOnly: "executors have neither" },
  "5.9": {
    rule: "A restarted scheduler kills nothing it does not know yet",
    frameworkOnly: "it is a scheduler's",
  },
  "5.10": {
    rule: "Where the documents of Mesos are wrong about names and shapes",
    proofs: {
      "mesos/wire/descriptor_test.ts": ["every message and enum has the names, numbers and types of Mesos"],
      "mesos/wire/recordings_test.ts": [
        "every recorded stream is its recorded events, however its bytes arrive",
      ],
    },
  },
  "5.11": {
    rule: "The fetcher brings the program; it runs as the command's user",
    proofs: {
      "mesos/agent/strict_agent_test.ts": ["strict agent: what a fetch brings, and one that fails"],
      "engine/mesos_examples_test.ts": ["engine: the example of ${release} with a pod in an archive"],
    },
  },
  "5.12": {
    rule: "Scalars have three decimals",
    proofs: { "mesos/task/gifts_test.ts": ["resources: ${name}"] },
  },
};

/** The names of the tests of a file, as they are written there: a template is told by its own text. */
async function testsOf(file: string): Promise<ReadonlySet<string>> {
  const text = await Deno.readTextFile(new URL(file, here));
  const names = text.matchAll(/Deno\.test\(\s*(?:\{\s*name:\s*)?(["'`])((?:\\.|(?!\1).)*)\1/gs);
  return new Set([...names].map(([, , name = ""]) => name));
}

Deno.test("every numbered rule of an executor's life, and every trap, is listed", () => {
  const wanted = [
    ...Array.from({ length: 15 }, (_, index) => `3.${index + 1}`),
    ...Array.from({ length: 12 }, (_, index) => `5.${index + 1}`),
  ];
  assertEquals(Object.keys(rules), wanted);
  for (const [number, { proofs = {}, frameworkOnly }] of Object.entries(rules)) {
    const count = Object.values(proofs).flat().length;
    assertEquals(count > 0, frameworkOnly === undefined, `${number} is proved, or says why not`);
  }
});

Deno.test("every test that is to prove a rule is there", async () => {
  const missing: string[] = [];
  for (const [number, { proofs = {} }] of Object.entries(rules)) {
    for (const [file, names] of Object.entries(proofs)) {
      const there = await testsOf(file);
      missing.push(...names.filter((name) => !there.has(name)).map((name) => `${number}: ${file}: ${name}`));
    }
  }
  assertEquals(missing, []);
});

Deno.test("a test that says in its name which rule it proves is listed with that rule", async () => {
  const unlisted: string[] = [];
  for await (const { name: file } of Deno.readDir(new URL("engine/", here))) {
    if (!file.startsWith("executor_")) continue;
    for (const name of await testsOf(`engine/${file}`)) {
      const number = /^([35]\.\d+) /.exec(name)?.[1];
      if (number === undefined) continue;
      if (!rules[number]?.proofs?.[`engine/${file}`]?.includes(name)) unlisted.push(`${file}: ${name}`);
    }
  }
  assertEquals(unlisted, []);
});
