import { assertEquals, assertMatch } from "../support/assert.ts";
import { runProgram } from "./program.ts";

async function withShop(
  script: string,
  work: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-plugins-" });
  try {
    await Deno.mkdir(`${directory}/plugins`);
    await Deno.writeTextFile(`${directory}/plugins/10-x`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await Deno.writeTextFile(
      `${directory}/compose.yaml`,
      "name: shop\nservices:\n  web:\n    image: busybox\n",
    );
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("a plan is of the pod as plugins change it, and says why they do", async () => {
  const patch = `echo '{"reason": "from the mirror", "patch": [` +
    `{"op": "replace", "path": "/services/web/image", "value": "mirror.example/busybox"}]}'`;
  await withShop(patch, async (directory) => {
    const { code, out, error } = await runProgram(["plan", "--offline"], {
      directory,
      variables: { MESOLET_PLUGINS: `${directory}/plugins` },
    });
    assertEquals([code, error], [0, "warning: the plugin 10-x: from the mirror\n"]);
    assertMatch(out, /mirror\.example\/busybox/);
  });
});

Deno.test("a pod that a plugin refuses, or makes one that the policy refuses, is not planned", async () => {
  await withShop("echo 'not on Fridays' >&2; exit 1", async (directory) => {
    const { code, error } = await runProgram(["plan", "--offline", "--plugins", "plugins"], { directory });
    assertEquals([code, error.replace(directory, "")], [
      65,
      "error: /compose.yaml: the plugin 10-x refused: not on Fridays\n",
    ]);
  });
  const patch = `echo '[{"op": "add", "path": "/services/web/privileged", "value": true}]'`;
  await withShop(patch, async (directory) => {
    await Deno.writeTextFile(`${directory}/policy.yaml`, "privileged: deny\n");
    const { code, error } = await runProgram(
      ["plan", "--offline", "--plugins", "plugins", "--policy", "policy.yaml"],
      { directory },
    );
    assertEquals(code, 65);
    assertMatch(error, /services\.web\.privileged: a privileged container is not allowed/);
  });
  await withShop("", async (directory) => {
    const { code, error } = await runProgram(["plan", "--offline", "--plugins", "none"], { directory });
    assertEquals([code, error], [66, "error: --plugins none: there is no such directory\n"]);
  });
});

Deno.test("the plugin of the examples wants versions, and says so", async () => {
  const example = await Deno.readTextFile(new URL("../../examples/plugins/10-versions", import.meta.url));
  await withShop(example.replace("#!/bin/sh\n", ""), async (directory) => {
    const plan = async (image: string) => {
      await Deno.writeTextFile(
        `${directory}/compose.yaml`,
        `name: shop\nservices: {web: {image: "${image}"}}\n`,
      );
      return (await runProgram(["plan", "--offline", "--plugins", "plugins"], { directory })).error;
    };
    for (const image of ["busybox", "busybox:latest", "localhost:5000/busybox"]) {
      assertMatch(
        await plan(image),
        /the plugin 10-x refused: .* has no version: name one, as in .*busybox:1\.2/,
      );
    }
    for (const image of ["busybox:1.36", `busybox@sha256:${"a".repeat(64)}`]) {
      assertEquals(await plan(image), "warning: the plugin 10-x: all images have versions\n");
    }
  });
});
