import { parse } from "yaml";
import { objectOf, textOf } from "../../src/docker/json.ts";
import { assert, assertEquals } from "../support/assert.ts";

const root = new URL("../../", import.meta.url).pathname;
const text = await Deno.readTextFile(`${root}.github/workflows/ci.yml`);
const workflow = objectOf(parse(text));
const jobs = Object.entries(objectOf(workflow["jobs"])).map(([name, job]) => ({ name, ...objectOf(job) }));

interface Step {
  readonly run: string;
  readonly uses: string;
  readonly env: Readonly<Record<string, unknown>>;
}

function stepsOf(job: Readonly<Record<string, unknown>>): Step[] {
  const steps = job["steps"];
  assert(Array.isArray(steps));
  return steps.map((step) => {
    const { run, uses, env } = objectOf(step);
    return { run: textOf(run), uses: textOf(uses), env: objectOf(env) };
  });
}

Deno.test("the workflow has the jobs that releases are made of, each bounded in time", () => {
  assertEquals(jobs.map(({ name }) => name), ["test", "build", "release"]);
  for (const job of jobs) assert(Number(objectOf(job)["timeout-minutes"]) > 0, job.name);
});

Deno.test("the workflow may do nothing, but that its last job writes releases when there is a tag", () => {
  assertEquals(workflow["permissions"], {});
  for (const job of jobs) {
    const { permissions, if: condition, needs } = objectOf(job);
    assertEquals(permissions, job.name === "release" ? { contents: "write" } : undefined);
    if (job.name !== "release") continue;
    assertEquals([condition, needs], ["github.ref_type == 'tag'", ["test", "build"]]);
  }
  const withToken = jobs.flatMap((job) => stepsOf(job).map((step) => ({ job: job.name, ...step })))
    .filter(({ env }) => Object.values(env).some((value) => /token|secret/.test(textOf(value))));
  assertEquals(withToken.map(({ job }) => job), ["release"]);
  assert(withToken[0]?.run.startsWith("gh release create"));
  assertEquals([...text.matchAll(/github\.token|secrets\./g)].length, 1);
});

Deno.test("the workflow runs no action but by its whole commit", () => {
  for (const { uses } of jobs.flatMap(stepsOf)) assert(uses === "" || /@[0-9a-f]{40}$/.test(uses), uses);
});

Deno.test("what the workflow runs is shell without words of others in it, with the Deno and files that are here", async () => {
  const [, deno] = /npx -y (deno@\S+)/.exec(await Deno.readTextFile(`${root}.ci/run`)) ?? [];
  for (const { run } of jobs.flatMap(stepsOf)) {
    // Names of branches and the like would be shell: they go through variables.
    assert(!run.includes("${{"), run);
    const { success, stderr } = await new Deno.Command("bash", { args: ["-n", "-c", run] }).output();
    assert(success, new TextDecoder().decode(stderr));
    for (const [, used] of run.matchAll(/npx -y (\S+)/g)) assertEquals(used, deno);
    for (const [path] of run.matchAll(/scripts\/\S+\.ts|\.ci\/run/g)) {
      assert((await Deno.stat(root + path)).isFile);
    }
    for (const [, task = ""] of run.matchAll(/ task (\w+)/g)) {
      const { tasks } = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
      assert(Object.hasOwn(tasks, task), task);
    }
  }
});
