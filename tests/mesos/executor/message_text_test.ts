import { messageText, oneLineOf } from "../../../src/mesos/executor/message_text.ts";
import { TaskReporter } from "../../../src/mesos/executor/task_reporter.ts";
import type { TaskStatus } from "../../../src/mesos/wire/messages_task.ts";
import { assert, assertEquals } from "../../support/assert.ts";

Deno.test("a message is text that any log can show: no escape sequence, no control character, sound Unicode", () => {
  const cases: [string, string][] = [
    ["plain\ttext\nand a line", "plain\ttext\nand a line"],
    ["\x1b[1;31mred\x1b[0m \x1b[2K\x1b[?25lhidden", "red hidden"],
    ["\x9b31mred\x9b0m", "red"],
    ["\x1b]0;title\x07shown \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "shown link"],
    ["\x1bPq#0;2;0;0;0\x1b\\picture", "picture"],
    ["\x1b(Bset\x1bc", "set"],
    // A sequence that never ends takes no text along.
    ["\x1b]0;no end\nnext line", "\ufffd]0;no end\nnext line"],
    ["cut \x1b[", "cut \ufffd["],
    ["10%\r20%\r\ndone", "10%\n20%\ndone"],
    ["a\0b\x07c\x7fd\x85e", "a\ufffdb\ufffdc\ufffdd\ufffde"],
    ["half \ud83d", "half \ufffd"],
    ["👍 größer", "👍 größer"],
  ];
  for (const [given, expected] of cases) assertEquals(messageText(given), expected, JSON.stringify(given));
});

Deno.test("a line of a log stays one line", () => {
  assertEquals(oneLineOf("10%\r20%\x1b[K\ndone\ttab"), "10% 20% done\ttab");
});

Deno.test("a message that is cut has no half characters, and one that is cleaned is not longer than it may be", () => {
  const message = messageText("💥".repeat(5_000));
  assert(message.length <= 4_096);
  assert(message.isWellFormed());
  assert(messageText("\0".repeat(5_000)).length <= 4_096);
});

Deno.test("every report has such a message, wherever its words come from", () => {
  const sent: Pick<TaskStatus, "message">[] = [];
  const task = { name: "shop", task_id: { value: "t1" }, agent_id: { value: "a1" } };
  const reporter = new TaskReporter(task, (status) => sent.push(status));
  reporter.starting("\x1b[31mone");
  reporter.running({
    pod: "shop",
    phase: "running",
    reason: "web: \x1b[1mtwo\0",
    reasonCode: "none",
    containers: [],
    observedAt: 0,
  });
  reporter.health(false, "the answer was \x1b[5mthree");
  reporter.terminal({ state: "TASK_FAILED", message: "four\r\n\x07" });
  assertEquals(sent.map(({ message }) => message), [
    "one",
    "web: two\ufffd (0 containers run)",
    "the answer was three",
    "four\n\ufffd",
  ]);
});
