import { fillIds, idOrName } from "../../src/docker/references.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { idOf } from "../../src/plan/step.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

const ids = new Map([["shop_pause", "111"], ["shop-db-1", "222"]]);

Deno.test("placeholders are replaced wherever they stand in a body", () => {
  const body = {
    Image: "busybox",
    Tty: false,
    Nothing: null,
    Left: undefined,
    HostConfig: {
      NetworkMode: `container:${idOf("shop_pause")}`,
      VolumesFrom: [`${idOf("shop-db-1")}:ro`, idOf("shop_pause")],
      Memory: 1,
    },
    Env: [`A=${idOf("shop-db-1")}${idOf("shop_pause")}`, "B=<id>", "C=<id:"],
  };
  assertEquals(fillIds(body, ids), {
    Image: "busybox",
    Tty: false,
    Nothing: null,
    Left: undefined,
    HostConfig: { NetworkMode: "container:111", VolumesFrom: ["222:ro", "111"], Memory: 1 },
    Env: ["A=222111", "B=<id>", "C=<id:"],
  });
});

Deno.test("a container that no step made is a defect of the plan", () => {
  assertThrows(() => fillIds({ NetworkMode: idOf("none") }, ids), MesoletError, "no step before made it");
});

Deno.test("a container is called by what is known best of it", () => {
  assertEquals(idOrName({ name: "shop-db-1", id: "333" }, ids), "333");
  assertEquals(idOrName({ name: "shop-db-1" }, ids), "222");
  assertEquals(idOrName({ name: "other" }, ids), "other");
});
