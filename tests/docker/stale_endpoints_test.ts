import { removeStaleEndpoints } from "../../src/docker/stale_endpoints.ts";
import { Connection } from "../../src/docker/connection.ts";
import { parseEngineAddress } from "../../src/docker/engine_address.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { assertEquals } from "../support/assert.ts";
import { fakeServer, httpAnswer } from "../support/fake_server.ts";

/** No engine can be made to forget a container on its network: it does so when two calls meet. */
Deno.test("endpoints of containers that an engine forgot are taken off a network, and no others", async () => {
  const endpoint = (Name: string) => ({ Name, EndpointID: "e", IPv4Address: "172.18.0.2/16" });
  const Containers: Record<string, unknown> = {
    ["a".repeat(64)]: endpoint("web"),
    ["b".repeat(64)]: endpoint("gone"),
    // A container that is just being started, and one that is not there any more.
    "ep-c1": endpoint("starting"),
    "ep-c2": endpoint("left"),
  };
  const there = new Set(["a".repeat(64), "web", "starting"]);
  await using server = await fakeServer("unix", (request) => {
    const [, container] = /\/containers\/([^/]+)\/json/.exec(request) ?? [];
    if (container !== undefined) {
      return there.has(container)
        ? httpAnswer(200, { Id: container })
        : httpAnswer(404, { message: "no such container" });
    }
    if (request.startsWith("POST")) return httpAnswer(200, "");
    return request.includes("/networks/nowhere")
      ? httpAnswer(404, {})
      : httpAnswer(200, { Name: "shared", Containers });
  });
  const connection = new Connection(parseEngineAddress(server.host, "test"), { clock: systemClock });
  const { signal } = new AbortController();
  const disconnects = () => server.requests.filter((request) => request.startsWith("POST")).length;
  assertEquals(await removeStaleEndpoints("shared", connection, signal), true);
  assertEquals(disconnects(), 2);
  assertEquals(await removeStaleEndpoints("nowhere", connection, signal), false);
  for (const id of ["b".repeat(64), "ep-c2"]) delete Containers[id];
  assertEquals(await removeStaleEndpoints("shared", connection, signal), false);
  assertEquals(disconnects(), 2);
  connection.close();
});
