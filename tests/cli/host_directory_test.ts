import { type ContainerSurroundings, hostPathsBelow, isInContainer } from "../../src/cli/host_directory.ts";
import { assertEquals } from "../support/assert.ts";

const never = new AbortController().signal;
const id = "ab".repeat(32);

function surroundings(
  files: Readonly<Record<string, string>>,
  more: Partial<ContainerSurroundings> = {},
): ContainerSurroundings {
  return { variables: {}, hostName: "host", readText: (path) => files[path], ...more };
}

/** An engine that knows one container of these mounts. */
function engineWith(mounts: unknown, name = id) {
  const asked: string[] = [];
  return {
    asked,
    inspectVerbatim(id: string) {
      asked.push(id);
      return Promise.resolve(name.startsWith(id) ? { Mounts: mounts } : null);
    },
  };
}

const mountInfo = (path: string) =>
  `1 0 8:1 / / rw - overlay overlay rw\n2 1 8:1 ${path} /etc/hosts rw - ext4 /dev/vda rw\n`;

const dockerInfo = mountInfo(`/var/lib/docker/containers/${id}/hosts`);

Deno.test("a container is known by what its engine or its image leaves there", () => {
  assertEquals(isInContainer(surroundings({})), false);
  assertEquals(isInContainer(surroundings({ "/.dockerenv": "" })), true);
  assertEquals(isInContainer(surroundings({ "/run/.containerenv": "" })), true);
  assertEquals(isInContainer(surroundings({}, { variables: { container: "oci" } })), true);
});

Deno.test("on a host paths are what they are, and nobody is asked", async () => {
  const engine = engineWith([]);
  const at = await hostPathsBelow("/compose", undefined, engine, surroundings({}), never);
  assertEquals(["/compose/a", "/b"].map(at), ["/compose/a", "/b"]);
  assertEquals(engine.asked, []);
});

Deno.test("what somebody says goes before all", async () => {
  const engine = engineWith([]);
  const inside = surroundings({ "/.dockerenv": "" });
  const at = await hostPathsBelow("/compose", "/var/lib/shop/", engine, inside, never);
  assertEquals(["/compose", "/compose/a/b", "/compost/a"].map(at), [
    "/var/lib/shop",
    "/var/lib/shop/a/b",
    undefined,
  ]);
  assertEquals(engine.asked, []);
});

const mounts = [
  { Type: "bind", Source: "/srv/shop", Destination: "/compose" },
  { Type: "volume", Source: "/var/lib/docker/volumes/d/_data", Destination: "/compose/data" },
  { Type: "bind", Source: "/run/docker.sock", Destination: "/var/run/docker.sock" },
  { Type: "tmpfs", Source: "", Destination: "/compose/tmp" },
];

const places: readonly (readonly [string, string | undefined])[] = [
  ["/compose", "/srv/shop"],
  ["/compose/html/index.html", "/srv/shop/html/index.html"],
  ["/compose/data", "/var/lib/docker/volumes/d/_data"],
  ["/compose/data/x", "/var/lib/docker/volumes/d/_data/x"],
  ["/compose/database", "/srv/shop/database"],
  // Absolute paths of a spec are the host's own.
  ["/var/run/docker.sock", "/var/run/docker.sock"],
  ["/srv/other", "/srv/other"],
];

for (
  const [kind, inside] of [
    ["Docker", surroundings({ "/.dockerenv": "", "/proc/self/mountinfo": dockerInfo })],
    [
      "Podman",
      surroundings({
        "/run/.containerenv": "",
        "/proc/self/mountinfo": mountInfo(
          `/var/lib/containers/storage/overlay-containers/${id}/userdata/resolv.conf`,
        ),
      }),
    ],
    [
      "its cgroup, whoever's network it is in",
      surroundings({
        "/.dockerenv": "",
        "/proc/self/cgroup": `12:pids:/docker/${"ef".repeat(32)}/docker/${id}\n0::/system.slice\n`,
        "/proc/self/mountinfo": mountInfo(`/var/lib/docker/containers/${"cd".repeat(32)}/hosts`),
      }),
    ],
    [
      "its scope of systemd",
      surroundings({ "/.dockerenv": "", "/proc/self/cgroup": `0::/system.slice/docker-${id}.scope\n` }),
    ],
    ["its host name", surroundings({ "/.dockerenv": "" }, { hostName: id.slice(0, 12) })],
  ] as const
) {
  Deno.test(`in a container of the engine, known by ${kind}, paths are where its mounts come from`, async () => {
    const at = await hostPathsBelow("/compose", undefined, engineWith(mounts), inside, never);
    assertEquals(places.map(([path]) => [path, at(path)]), places.map(([...place]) => place));
  });
}

Deno.test("what only the container has is nowhere on the host", async () => {
  const inside = surroundings({ "/.dockerenv": "", "/proc/self/mountinfo": dockerInfo });
  const at = await hostPathsBelow("/compose", undefined, engineWith(null), inside, never);
  assertEquals(["/compose/html", "/srv"].map(at), [undefined, "/srv"]);
});

Deno.test("in a container that the engine does not know, nothing below the directory is known", async () => {
  for (
    const inside of [
      surroundings({ "/.dockerenv": "", "/proc/self/mountinfo": dockerInfo }),
      surroundings({ "/.dockerenv": "" }),
    ]
  ) {
    const at = await hostPathsBelow("/compose", undefined, engineWith(mounts, "other"), inside, never);
    assertEquals(["/compose/html", "/srv"].map(at), [undefined, "/srv"]);
  }
});
