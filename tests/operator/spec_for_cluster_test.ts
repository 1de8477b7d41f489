import { isGood } from "../../src/operator/spec_source.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { readerOf, spec, withDirectory } from "./directory.ts";

Deno.test("a spec that is read for a cluster is packed for its way, and warned about for that alone", async () => {
  await withDirectory(async (directory) => {
    directory.write(
      "web.yaml",
      `x-pod: {replicas: 3, ports: [main:80=PORT0]}\n${spec({ image: "${IMAGE}" })}`,
    );
    const environment = { IMAGE: "from-env" };
    const here = await readerOf(directory.path, { environment }).read("web.yaml");
    assert(isGood(here));
    assertEquals([here.warnings.length, here.forCluster], [2, undefined]);
    const reader = readerOf(directory.path, { environment, forCluster: true });
    const there = await reader.read("web.yaml");
    assert(isGood(there));
    assertEquals([there.warnings, there.pod.cluster?.replicas], [[], 3]);
    assertEquals(there.forCluster?.offeredPorts, ["main:80=PORT0"]);
    assertMatch(there.forCluster?.travelling.text ?? "", /image: from-env/);
  });
});

Deno.test("a spec for a cluster: mounts of what only this host has are refused, those of agents are not", async () => {
  await withDirectory(async (directory) => {
    const mounts = ["../above:/above", "~/home:/home", "/etc/localtime:/etc/localtime", "./beside:/beside"];
    const text = `services: {main: {image: i, env_file: [e], volumes: ${JSON.stringify(mounts)}}}`;
    directory.write("shop/compose.yaml", `x-pod: {uris: [/beside.tgz]}\n${text}`);
    directory.write("shop/e", "A=1");
    const loaded = await readerOf(directory.path, { environment: { HOME: "/home/me" }, forCluster: true })
      .read(
        "shop",
      );
    assert(isGood(loaded));
    assertEquals(
      loaded.forCluster?.travelling.problems.map(({ severity, path, message }) =>
        `${severity} ${path}: ${message.replace(directory.path, "").split(" and does")[0]}`
      ),
      [
        "error services.main.volumes[0]: /above is outside the directory of the spec",
        "error services.main.volumes[1]: /home/me/home is outside the directory of the spec",
      ],
    );
  });
});
