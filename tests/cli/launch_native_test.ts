import { assert, assertEquals } from "../support/assert.ts";
import { runInMemory } from "./command_line.ts";
import { projectDirectory } from "./program.ts";

const good = `
services:
  web:
    image: web
    environment: {TOKEN: very-secret}
    ports: ["8080"]
    secrets: [s]
secrets: {s: {file: ./secret}}
x-pod: {containerizer: mesos, name: shop, resources: {cpus: 1, memory: 64m}}
`;

Deno.test("launch --dry-run prints the group of a native pod, and no value", async () => {
  await using project = await projectDirectory({ "pod.yaml": good, secret: "very-secret" });
  const { code, out, error } = await runInMemory([
    "launch",
    "--dry-run",
    "--pod",
    `${project.path}/pod.yaml`,
  ]);
  assertEquals([code, error], [0, ""]);
  const { group } = JSON.parse(out);
  assertEquals([group.executor.type, group.executor.command], ["DEFAULT", undefined]);
  const [task] = group.tasks;
  assertEquals(task.name, "shop-web-1");
  assertEquals(task.command.environment.variables, [{ name: "TOKEN", value: "(hidden)" }]);
  assertEquals(task.container.volumes[0].source, { type: "SECRET", secret: "(hidden)" });
  for (const text of ["very-secret", btoa("very-secret")]) assert(!out.includes(text), text);
});

Deno.test("launch refuses what Mesos cannot do of a native pod, by its place", async () => {
  await using project = await projectDirectory({
    "pod.yaml": "services:\n  web:\n    image: web\n    working_dir: /srv\nx-pod:\n  containerizer: mesos\n" +
      "  essential: [web]\n",
  });
  const file = `${project.path}/pod.yaml`;
  const { code, error } = await runInMemory(["launch", "--dry-run", "--pod", file]);
  assertEquals(code, 65);
  assert(
    error.includes("pod.yaml:4:5: services.web.working_dir: is not for x-pod.containerizer: mesos"),
    error,
  );
  assert(/pod\.yaml:7:\d+: x-pod\.essential: /.test(error), error);
});
