import { isOnReadOnlyMount } from "../../src/docker/read_only_mount.ts";
import { assertEquals } from "../support/assert.ts";

const mounts = String.raw`22 1 0:20 / / rw,relatime - overlay overlay rw
23 22 0:21 / /sys ro,nosuid - sysfs sysfs ro
24 23 0:22 / /sys/fs/cgroup rw,nosuid - tmpfs tmpfs rw
25 24 0:23 /docker/1 /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory
26 24 0:24 / /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu
27 26 0:24 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
28 22 0:25 / /a\040b ro - tmpfs tmpfs rw
`;

Deno.test("a path is on the mount that is nearest to it, and seen last", () => {
  const paths: readonly [string, boolean][] = [
    ["/", false],
    ["/sys", true],
    ["/system", false],
    ["/sys/fs", true],
    ["/sys/fs/cgroup", false],
    ["/sys/fs/cgroup/memory", true],
    ["/sys/fs/cgroup/memory/mesolet", true],
    ["/sys/fs/cgroup/memory2", false],
    ["/sys/fs/cgroup/cpu/mesolet", false],
    ["/a b/c", true],
  ];
  for (const [path, isReadOnly] of paths) {
    assertEquals([path, isOnReadOnlyMount(mounts, path)], [path, isReadOnly]);
  }
  assertEquals(isOnReadOnlyMount("", "/sys"), false);
});
