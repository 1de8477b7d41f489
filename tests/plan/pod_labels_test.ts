import { MesosLabel } from "../../src/pod/labels.ts";
import type { Pod } from "../../src/pod/model.ts";
import { place } from "../../src/plan/place.ts";
import type { PlacedPod } from "../../src/plan/placed.ts";
import { assertEquals } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";
import { host, objectOf } from "../support/placing.ts";

const text = `
services:
  web: {image: web, read_only: true, volumes: ["data:/data"], networks: [front, theirs], configs: [page],
    labels: {io.mesolet.mesos.task: forged, own: kept}}
networks: {front: {}, theirs: {external: true}}
volumes: {data: {labels: {own: kept}}}
configs: {page: {content: hello}}
`;

const owned = { [MesosLabel.framework]: "f-1", [MesosLabel.task]: "t-1" };

async function placed(network: string, labels?: Pod["labels"]): Promise<PlacedPod> {
  const { pod } = await podOfText(text, { network });
  const request = { supervision: "mesolet", version: "test" } as const;
  return place(labels === undefined ? pod : { ...pod, labels }, host, request).placed;
}

/** What of a placed pod is made, and whether it gets the labels. */
function labelled({ containers, networks, volumes }: PlacedPod): Record<string, boolean> {
  return Object.fromEntries(
    [...containers, ...networks.filter(({ external }) => !external), ...volumes].map(({ name, body }) => {
      const labels = objectOf(body["Labels"]);
      return [name, Object.entries(owned).every(([label, value]) => labels[label] === value)];
    }),
  );
}

Deno.test("labels of a pod are on all that is made for it, and not on what is others' or shared", async () => {
  const shared = {
    shop_pause: true,
    "shop-web-1": true,
    mesolet: false,
    shop_data: true,
    "shop-web-1_files": true,
  };
  assertEquals(labelled(await placed("pod", owned)), shared);
  const { mesolet: _mesolet, shop_pause: _pause, ...rest } = shared;
  assertEquals(labelled(await placed("services", owned)), { ...rest, shop_front: true });
});

Deno.test("labels of a pod win over the spec's, change no hash, and leave the spec's others", async () => {
  for (const network of ["pod", "services", "host"]) {
    const [bare, with_] = [await placed(network), await placed(network, owned)];
    assertEquals(with_.containers.map(({ hash }) => hash), bare.containers.map(({ hash }) => hash));
    assertEquals(
      with_.networks.map(({ definition }) => definition),
      bare.networks.map((each) => each.definition),
    );
    assertEquals(
      with_.volumes.map(({ definition }) => definition),
      bare.volumes.map((each) => each.definition),
    );
    const labels = objectOf(with_.containers.at(-1)?.body["Labels"]);
    assertEquals([labels["own"], labels[MesosLabel.task]], ["kept", "t-1"]);
  }
});
