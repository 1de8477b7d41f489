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
