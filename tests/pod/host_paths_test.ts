import { hostPathsOf, withHostPaths } from "../../src/pod/host_paths.ts";
import { assertEquals } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";

const { pod } = await podOfText(
  `
services:
  web:
    image: web
    volumes:
      - ./html:/html
      - /srv/data:/data
      - cache:/cache
      - bound:/bound
      - type: tmpfs
        target: /tmp
    secrets: [token]
    configs: [text]
volumes:
  cache: {}
  bound: { driver: local, driver_opts: { type: none, o: bind, device: ./bound } }
secrets:
  token: { file: ./token }
configs:
  text: { content: hello }
`,
  { directory: "/compose", files: { "/compose/token": "x" } },
);

Deno.test("the paths that an engine looks for on its host", () => {
  assertEquals(hostPathsOf(pod), ["/compose/bound", "/compose/html", "/compose/token", "/srv/data"]);
});

Deno.test("paths are put in their place on the host, and what is not known stays", () => {
  const placed = withHostPaths(
    pod,
    (path) => path.startsWith("/compose/") ? path.replace("/compose", "/var/lib/shop") : undefined,
  );
  assertEquals(hostPathsOf(placed), [
    "/srv/data",
    "/var/lib/shop/bound",
    "/var/lib/shop/html",
    "/var/lib/shop/token",
  ]);
  const back = withHostPaths(placed, (path) => path.replace("/var/lib/shop", "/compose"));
  assertEquals(JSON.stringify(back), JSON.stringify(pod));
});
