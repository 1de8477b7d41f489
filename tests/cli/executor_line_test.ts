import { executorLine } from "../../src/cli/executor_line.ts";
import { assertEquals } from "../support/assert.ts";

const agent = { MESOS_EXECUTOR_ID: "e1" };

Deno.test("under an agent the program is an executor, unless its first word is a command", () => {
  const cases: [string[], Record<string, string>, string[] | undefined, string[]][] = [
    [[], {}, undefined, []],
    [[], { MESOS_EXECUTOR_ID: "" }, undefined, []],
    [[], agent, ["executor"], []],
    [["ps"], agent, undefined, []],
    [["--version"], agent, undefined, []],
    [["redis:7", "--port", "1"], agent, ["executor", "--", "redis:7", "--port", "1"], []],
    [["redis:7"], {}, undefined, []],
    [["--encoding", "json"], agent, ["executor", "--encoding", "json"], []],
    [["--encoding=json", "busybox", "-c"], agent, ["executor", "--encoding=json", "--", "busybox", "-c"], []],
    [["--host", "unix:///x", "busybox"], agent, ["executor", "--host", "unix:///x", "--", "busybox"], []],
    // The flags of the executor that it replaces.
    [
      ["-log_dir=/var/log", "-logtostderr=true", "-v=1"],
      agent,
      ["executor"],
      ["-log_dir=/var/log", "-logtostderr=true", "-v=1"],
    ],
    [["executor", "-v=1"], {}, ["executor"], ["-v=1"]],
    [["executor", "--encoding", "json"], {}, undefined, []],
    [["--debug", "--", "busybox"], agent, ["executor", "--debug", "--", "busybox"], []],
  ];
  for (const [words, variables, expected, ignored] of cases) {
    const line = executorLine(words, variables);
    assertEquals(line?.words, expected, words.join(" "));
    assertEquals(line?.ignored ?? [], ignored);
  }
});
