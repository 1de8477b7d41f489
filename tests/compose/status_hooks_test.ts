import { loadCompose } from "../../src/compose/load.ts";
import { podOf, type PodResult } from "../../src/compose/pod.ts";
import { SpecError } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { memoryFiles } from "../support/memory_files.ts";

async function podWith(extension: string, forTask = true): Promise<PodResult> {
  const { project } = await loadCompose({
    files: ["/spec/compose.yaml"],
    environment: {},
    workingDirectory: "/spec",
    access: memoryFiles({ "/spec/compose.yaml": `services: {a: {image: i}}\nx-pod: ${extension}` }),
  });
  return podOf({ project, readFile: () => undefined, forTask });
}

const defaults = { timeout: 10_000, onFailure: "ignore" } as const;
const command = (...words: string[]) => ({ kind: "command", command: words } as const);

const read = [
  {
    name: "a text is a command, split without a shell",
    text: "{hooks: {running: \"./announce 'a b' $$X\"}}",
    hooks: [{ moment: "running", action: command("./announce", "a b", "$X"), ...defaults }],
  },
  {
    name: "a URL is posted to",
    text: '{hooks: {failed: "https://example.org/hook"}}',
    hooks: [{ moment: "failed", action: { kind: "post", url: "https://example.org/hook" }, ...defaults }],
  },
  {
    name: "several of one moment keep their order; a mapping says more",
    text:
      "{hooks: {launching: [one, {command: [two, '2'], timeout: 1m, on_failure: fail}], killed: {post: 'http://h/'}}}",
    hooks: [
      { moment: "launching", action: command("one"), ...defaults },
      { moment: "launching", action: command("two", "2"), timeout: 60_000, onFailure: "fail" },
      { moment: "killed", action: { kind: "post", url: "http://h/" }, ...defaults },
    ],
  },
] as const;

for (const { name, text, hooks } of read) {
  Deno.test(`x-pod.hooks: ${name}`, async () => {
    const { pod, warnings } = await podWith(text);
    assertEquals(pod.statusHooks, hooks);
    assertEquals(warnings, []);
  });
}

Deno.test("x-pod.hooks and x-pod.ports: everything wrong is told by its place", async () => {
  const text = `{
    hooks: {started: x, running: {command: x, post: 'http://h/'}, failed: {post: 'ftp://h'}, killed: {command: "'"},
      finished: [3, {command: x, timeout: 2h}, {command: x, on_failure: stop}, {comand: x}, {command: []}]},
    ports: 80}`;
  const error = await assertRejects(() => podWith(text), SpecError);
  assertEquals(error.message.split("\n"), [
    "x-pod.hooks.started: is not a moment of a pod's life: use launching, running, failed, killed, finished",
    "x-pod.hooks.running: needs either command or post",
    'x-pod.hooks.failed.post: "ftp://h" is not an http or https URL',
    "x-pod.hooks.killed.command: \"'\" is not a command line: a closing ' is missing",
    "x-pod.hooks.finished[0]: must be a command, a URL, or a mapping with command or post",
    'x-pod.hooks.finished[1].timeout: "2h" is not between 1ms and 1h',
    'x-pod.hooks.finished[2].on_failure: "stop" is neither ignore nor fail',
    "x-pod.hooks.finished[3]: needs either command or post",
    "x-pod.hooks.finished[3].comand: is not a field of a hook: it has command, post, timeout and on_failure",
    "x-pod.hooks.finished[4].command: names no command",
    "x-pod.ports: must be a list such as [web:80=PORT0], or a mapping such as {web:80: PORT0}",
  ]);
});

Deno.test("x-pod.hooks and x-pod.ports have no effect on a pod of the command line, which is told so", async () => {
  const { warnings } = await podWith("{hooks: {running: x}, ports: [a:80=PORT0]}", false);
  assertEquals(warnings.map(({ path, message }) => `${path}: ${message}`), [
    "x-pod.hooks: has no effect here: status hooks are run for tasks of Mesos only; use post_start and pre_stop of " +
    "the services",
    "x-pod.ports: has no effect here: a task's offered ports are used on Mesos only",
  ]);
});

Deno.test("x-pod.ports is a list or a mapping", async () => {
  assertEquals((await podWith("{ports: ['a:80=PORT0', http=31000]}")).offeredPorts, [
    "a:80=PORT0",
    "http=31000",
  ]);
  assertEquals((await podWith("{ports: {'a:80': PORT0, http: 31000}}")).offeredPorts, [
    "a:80=PORT0",
    "http=31000",
  ]);
});
