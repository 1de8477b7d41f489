import { assert, assertEquals } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";
import { type ProgramCall, programWords } from "../cli/program.ts";
import { goesOn, livesOf, RunningOperator } from "../support/running_operator.ts";

const root = new URL("../../", import.meta.url).pathname;

/** The program as a later release has it: with another version, and with the hashes of another schema where asked. */
async function laterRelease(
  hashSchema: "same" | "newer",
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-release-" });
  const path = `${directory}/`;
  await new Deno.Command("cp", { args: ["-r", `${root}src`, path] }).output();
  for (const name of ["node_modules", "vendor", "types", "proto", "deno.lock"]) {
    await Deno.symlink(`${root}${name}`, `${path}${name}`);
  }
  await edit("deno.json", /("version": )"[^"]+"/, '$1"99.0.0"', `${root}deno.json`);
  if (hashSchema === "newer") await edit("src/pod/hash.ts", /(hashSchema = )\d+;/, "$199;");
  return { path, [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }) };

  async function edit(name: string, what: RegExp, by: string, from = `${path}${name}`): Promise<void> {
    const text = await Deno.readTextFile(from);
    const edited = text.replace(what, by);
    assert(edited !== text, name);
    await Deno.writeTextFile(`${path}${name}`, edited);
  }
}

function programOf(checkout: string): Pick<ProgramCall, "program" | "variables"> {
  const program = programWords.map((word) =>
    word.startsWith(root) ? checkout + word.slice(root.length) : word
  );
  const { HOME = "/", DENO_DIR = `${HOME}/.cache/deno` } = Deno.env.toObject();
  return { program, variables: { DENO_DIR, DENO_NO_UPDATE_CHECK: "1" } };
}

Deno.test("operator: an upgrade restarts nothing, with the same schema of hashes and with a newer one, nor does a step back", async () => {
  await using engine = await testEngine();
  await using operator = new RunningOperator(engine);
  await using same = await laterRelease("same");
  await using newer = await laterRelease("newer");
  const pod = engine.podName();
  const specOf = (variable: string) =>
    `name: ${pod}
x-pod: {network: services}
services:
  web: {image: busybox, command: ${goesOn}, volumes: [data:/data], networks: [one]}
  side: {image: busybox, command: ${goesOn}, environment: {VARIABLE: "${variable}"}, networks: [one]}
volumes: {data: {}}
networks: {one: {}}
`;
  operator.put(`${pod}.yaml`, specOf("1"));
  operator.start();
  await operator.told(`${pod}: runs`);
  const lives = await livesOf(engine, [pod]);
  assertEquals(await operator.end(), 0);
  for (const checkout of [same.path, newer.path, undefined, newer.path]) {
    operator.start([], checkout === undefined ? {} : programOf(checkout));
    await operator.told(`${pod}: adopted: 2 containers run`);
    // All that a look finds is found by a spec that was touched as well.
    operator.put(`${pod}.yaml`, `${specOf("1")}# touched\n`);
    assertEquals(await operator.end(), 0);
    assertEquals(await livesOf(engine, [pod]), lives, checkout);
  }

  // What changes afterwards is seen as ever: of the one container.
  operator.start(["--stop-pods"], programOf(newer.path));
  await operator.told(`${pod}: adopted: 2 containers run`);
  operator.put(`${pod}.yaml`, specOf("2"));
  await operator.told(`${pod}: container side replaced: `);
  const after = await livesOf(engine, [pod]);
  for (const [id, life] of lives) if (life.startsWith(`${pod}-web-1`)) assertEquals(after.get(id), life);
  assertEquals(await operator.end(), 0);
});
