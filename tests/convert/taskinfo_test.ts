import { toTaskInfo } from "../../src/convert/taskinfo.ts";
import { readTaskDocument } from "../../src/mesos/task/task_document.ts";
import { SpecError } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { assertArrives, everything } from "./arriving.ts";
import { lossesOf, notesOf, sourceOf } from "./converting.ts";

const program = { kind: "file", path: "/opt/mesolet" } as const;

Deno.test("taskinfo: the executor makes the same pod of it as of the spec", async () => {
  const { text } = toTaskInfo(await sourceOf({ text: everything }), { program, agent: "agent-7" });
  const { task } = readTaskDocument(text);
  assertEquals(task.agent_id.value, "agent-7");
  assertEquals(task.executor?.command?.value, "/opt/mesolet");
  await assertArrives(task, everything);
});

Deno.test("taskinfo: what says where and how often is lost", async () => {
  const conversion = toTaskInfo(await sourceOf({ text: everything }), { program });
  assertEquals(lossesOf(conversion), [
    "x-pod.placement: is lost: a single task has nothing like it",
    "x-pod.replicas: is lost: a single task has nothing like it",
    "x-pod.update: is lost: a single task has nothing like it",
    "x-pod.unreachable: is lost: a single task has nothing like it",
  ]);
});

Deno.test("taskinfo: packed values are warned of, and a pod that is known by defaults", async () => {
  const text = "services: {a: {image: i, environment: {A: b}}}";
  const conversion = toTaskInfo(await sourceOf({ text }), { program });
  assertEquals(lossesOf(conversion), []);
  assertEquals(
    notesOf(conversion).at(-1),
    "the values of environment variables are in the text, packed but not encrypted",
  );
  assertStringIncludes(notesOf(conversion)[0] ?? "", "0.1 CPUs are taken");
});

Deno.test("taskinfo: a spec that does not travel is refused", async () => {
  const text = "services: {a: {image: i, volumes: ['./x:/x']}}";
  const error = await assertRejects(
    async () => toTaskInfo(await sourceOf({ text, files: { x: "" } }), { program }),
    SpecError,
  );
  assertStringIncludes(error.message, "services.a.volumes[0]");
});
