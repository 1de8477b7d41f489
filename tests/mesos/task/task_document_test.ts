import { readTaskDocument, wordsForExecutor } from "../../../src/mesos/task/task_document.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertThrows } from "../../support/assert.ts";

const task = { name: "web", task_id: { value: "t1" }, agent_id: { value: "a" }, data: "b25l" };
const executor = { executor_id: { value: "e1" }, command: { value: "./mesolet" } };

const forms: readonly (readonly [string, unknown, string?])[] = [
  ["a TaskInfo", task],
  ["a TaskInfo without what a person leaves out", { task_id: { value: "t1" }, data: "b25l" }],
  ["a LAUNCH event", { type: "LAUNCH", launch: { task: { ...task, executor } } }, "e1"],
  ["a LAUNCH_GROUP event", { type: "LAUNCH_GROUP", launch_group: { task_group: { tasks: [task] } } }],
  ["a LAUNCH operation", { type: "LAUNCH", launch: { task_infos: [task] } }],
  [
    "a LAUNCH_GROUP operation",
    { type: "LAUNCH_GROUP", launch_group: { executor, task_group: { tasks: [task] } } },
    "e1",
  ],
  [
    "an ACCEPT call",
    {
      type: "ACCEPT",
      framework_id: { value: "f" },
      accept: {
        offer_ids: [{ value: "o" }],
        operations: [{ type: "LAUNCH", launch: { task_infos: [task] } }],
      },
    },
  ],
];

for (const [name, value, executorId] of forms) {
  Deno.test(`a task in a file may be ${name}`, () => {
    const found = readTaskDocument(JSON.stringify(value));
    assertEquals([found.task.task_id.value, new TextDecoder().decode(found.task.data)], ["t1", "one"]);
    assertEquals(found.executor?.executor_id.value, executorId);
  });
}

const refused: readonly (readonly [string, string, string])[] = [
  ["no JSON", "services: {}", "Cannot read the task: it is not JSON: "],
  ["no task", "[1]", "Cannot read the task: there is no TaskInfo in it, which has a task_id"],
  [
    "two tasks",
    JSON.stringify({ launch: { task_infos: [task, { ...task, task_id: { value: "t2" } }] } }),
    "Cannot read the task: there are 2 tasks in it (t1, t2): plan each by itself",
  ],
  [
    "a member of another type",
    JSON.stringify({ ...task, name: 3 }),
    "Cannot read the task: it is not as Mesos defines it: name ",
  ],
];

for (const [name, text, message] of refused) {
  Deno.test(`a task in a file may not be ${name}`, () => {
    const error = assertThrows(() => readTaskDocument(text), MesoletError);
    assertEquals(error.message.slice(0, message.length), message);
  });
}

const words: readonly (readonly [string, Parameters<typeof wordsForExecutor>[0], readonly string[]])[] = [
  ["none", undefined, []],
  ["the executor alone", { executor_id: { value: "e" }, command: { value: "./mesolet" } }, []],
  [
    "Marathon's form",
    {
      executor_id: { value: "e" },
      command: { value: "chmod ug+rx './mesolet' && exec './mesolet' redis:7 --port '6 3'" },
    },
    ["redis:7", "--port", "6 3"],
  ],
  ["Marathon's empty cmd", {
    executor_id: { value: "e" },
    command: { value: "chmod ug+rx './m' && exec './m'  " },
  }, []],
  [
    "arguments, behind the executor's own",
    {
      executor_id: { value: "e" },
      command: {
        shell: false,
        value: "./mesolet",
        arguments: ["mesolet", "executor", "--verbose", "redis:7"],
      },
    },
    ["redis:7"],
  ],
];

for (const [name, given, expected] of words) {
  Deno.test(`words of the executor's command line: ${name}`, () => {
    assertEquals(wordsForExecutor(given), expected);
  });
}
