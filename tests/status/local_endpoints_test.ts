import { localEndpoints } from "../../src/status/local_endpoints.ts";
import { marathonLines } from "../../src/status/marathon_tasks.ts";
import { assertEquals } from "../support/assert.ts";
import { podEntry } from "./fake_board.ts";

const port = (target: number, published: number, hostAddress = "0.0.0.0") => ({
  target,
  protocol: "tcp",
  hostAddress,
  published,
});

Deno.test("pods of this host are reached at what their containers publish that run and are well", () => {
  const pods = [
    podEntry("web", {
      containers: [
        { ports: [port(80, 8080), port(80, 8080, "::"), port(443, 8443, "10.0.0.1"), port(9000, 0)] },
        { name: "sick", health: "unhealthy", ports: [port(81, 8081)] },
        { name: "starting", health: "starting", ports: [port(82, 8082)] },
        { name: "gone", state: "exited", ports: [port(83, 8083)] },
      ],
    }),
    podEntry("job", { containers: [{ ports: [] }] }),
    podEntry("down", { status: { phase: "failed" }, containers: [{ ports: [port(80, 8090)] }] }),
  ];
  assertEquals(
    marathonLines(localEndpoints(pods, "here")),
    "web\t80\there:8080\t\nweb\t443\t10.0.0.1:8443\t\nweb\t81\t\nweb\t82\t\nweb\t83\t\njob\t \there \ndown\t80\t\n",
  );
});
