import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { DebianRegistry } from "../support/debian_registry.ts";
import { projectDirectory, runProgram } from "./program.ts";

Deno.test("pin writes digests behind tags, checks them, and moves them when it is asked to", async () => {
  await using registry = await DebianRegistry.start();
  const first = await registry.putImage("app", "1", "one");
  const image = `${registry.address}/app:1`;
  const text = (end = "") =>
    `# a shop\r\nservices:\r\n  web: {image: "${image}${end}"} # the site\r\n  job:\r\n    image: ${image}${end}\r\n`;
  await using project = await projectDirectory({ "shop.yaml": text(), "right.yaml": "services: {}\n" });
  await Deno.chmod(`${project.path}/shop.yaml`, 0o640);
  await Deno.symlink("shop.yaml", `${project.path}/link.yaml`);
  const pin = (...args: string[]) => runProgram(["pin", ...args], { directory: project.path });
  const read = () => Deno.readTextFile(`${project.path}/shop.yaml`);

  const unpinned = await pin("--check", "right.yaml", "shop.yaml");
  assertEquals(unpinned.code, 1);
  assertStringIncludes(unpinned.error, `shop.yaml:3:16: services.web.image: ${image} has no digest`);
  await registry.settle();
  assertEquals(registry.requests, []);

  const wrote = await pin("link.yaml");
  assertEquals(wrote.code, 0, wrote.error);
  assertStringIncludes(wrote.out, `link.yaml:3: services.web.image: ${image} is ${first}\n`);
  assertEquals(await read(), text(`@${first}`));
  assertEquals(((await Deno.stat(`${project.path}/shop.yaml`)).mode ?? 0) & 0o777, 0o640);
  assertEquals((await Deno.lstat(`${project.path}/link.yaml`)).isSymlink, true);
  assertEquals([...Deno.readDirSync(project.path)].map(({ name }) => name).sort(), [
    "link.yaml",
    "right.yaml",
    "shop.yaml",
  ]);
  await registry.settle();
  assertEquals(registry.requests, ["HEAD /v2/app/manifests/1"]);
  assertEquals((await pin("--check", "shop.yaml")).code, 0);
  assertEquals((await pin("shop.yaml")).out, "shop.yaml: nothing to pin\n");

  const second = await registry.putImage("app", "1", "two");
  assertEquals((await pin("--check", "--update", "right.yaml")).code, 0);
  const moved = await pin("--check", "--update", "shop.yaml");
  assertEquals(moved.code, 1);
  assertMatch(moved.error, new RegExp(`the tag of ${image}@${first} is ${second} now`));
  assertEquals(await read(), text(`@${first}`));
  assertEquals((await pin("--update", "shop.yaml")).code, 0);
  assertEquals(await read(), text(`@${second}`));
});

Deno.test("pin writes nothing where anything is wrong", async () => {
  await using registry = await DebianRegistry.start();
  await registry.putImage("app", "1", "one");
  const good = `services: {web: {image: "${registry.address}/app:1"}}\n`;
  const files = {
    "good.yaml": good,
    "gone.yaml": `services: {web: {image: "${registry.address}/app:2"}}\n`,
    "variable.yaml": "services: {web: {image: 'app:${TAG}'}}\n",
    "broken.yaml": "services: {web: [}\n",
  };
  await using project = await projectDirectory(files);
  const pin = (...args: string[]) => runProgram(["pin", ...args], { directory: project.path });
  const cases: readonly (readonly [string, number, string])[] = [
    ["gone.yaml", 69, "it has no such image or tag"],
    ["variable.yaml", 65, "variable.yaml:1:25: services.web.image: app:${TAG} has a variable"],
    ["broken.yaml", 65, "broken.yaml:1:18"],
    ["missing.yaml", 66, "there is no such file"],
  ];
  for (const [name, code, message] of cases) {
    const done = await pin("good.yaml", name);
    assertEquals(done.code, code, done.error);
    assertStringIncludes(done.error, message);
  }
  for (const [name, text] of Object.entries(files)) {
    assertEquals(await Deno.readTextFile(`${project.path}/${name}`), text);
  }
  assertEquals((await pin("--skip-variables", "variable.yaml")).out, "variable.yaml: nothing to pin\n");
});
