import { systemClock } from "../../src/pod/clock.ts";
import { isGood } from "../../src/operator/spec_source.ts";
import { Plugins } from "../../src/plugins/plugins.ts";
import { pluginsIn } from "../../src/plugins/plugin_directory.ts";
import { Policies } from "../../src/policy/policies.ts";
import { readPolicy } from "../../src/policy/read_policy.ts";
import { assertEquals } from "../support/assert.ts";
import { outcome, readerOf, spec, withDirectory } from "./directory.ts";

Deno.test("a spec that the host's policy does not allow is wrong at its place; what the policy gives is in the pod", async () => {
  await withDirectory(async (directory) => {
    directory.write("bad.yaml", `${spec()}    privileged: true\n    env_file: [../secret]\n`);
    directory.write("worse.yaml", `${spec()}    privileged: true\n`);
    directory.write("good.yaml", spec());
    directory.write("../secret", "A=1");
    const policies = new Policies([
      readPolicy("privileged: deny\nfiles: [spec]\nusers: {default: app}\n", "policy.yaml"),
    ]);
    const { read } = readerOf(directory.path, { policies });
    assertEquals(
      outcome(await read("worse.yaml"), directory.path),
      "worse.yaml:4:5: services.main.privileged: a privileged container is not allowed by the rule privileged of policy.yaml",
    );
    assertEquals(
      outcome(await read("bad.yaml"), directory.path).includes(
        "is not allowed by the rule files of policy.yaml",
      ),
      true,
    );
    const good = await read("good.yaml");
    assertEquals(isGood(good) && good.pod.containers.map(({ user }) => user), ["app"]);
  });
});

Deno.test("a spec is as plugins want it, once for each version, and what they say is told with it", async () => {
  await withDirectory(async (directory) => {
    directory.write("web.yaml", spec());
    directory.write("../plugins/10-x", "");
    const plugin = directory.path.replace(/pods$/, "plugins/10-x");
    await Deno.writeTextFile(
      plugin,
      `#!/bin/sh\necho >> "\${0%/*}/../runs"\n` +
        `echo '{"reason": "why", "patch": [{"op": "replace", "path": "/services/main/image", "value": "other"}]}'\n`,
    );
    await Deno.chmod(plugin, 0o755);
    const plugins = new Plugins(pluginsIn(directory.path.replace(/pods$/, "plugins")), {
      clock: systemClock,
      time: 10_000,
      variables: {},
    });
    const { read } = readerOf(directory.path, { plugins });
    const loaded = await read("web.yaml");
    assertEquals(outcome(loaded, directory.path), "web: other");
    assertEquals(isGood(loaded) && loaded.warnings.map(({ message }) => message), ["the plugin 10-x: why"]);
    await read("web.yaml");
    const runs = () => Deno.readTextFileSync(directory.path.replace(/pods$/, "runs")).length;
    assertEquals(runs(), 1);
    directory.replace("web.yaml", spec({ image: "edited" }));
    await read("web.yaml");
    assertEquals(runs(), 2);
  });
});
