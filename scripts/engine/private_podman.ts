import { pauseImageName } from "../../src/pod/names.ts";
import { installPackages } from "./host_command.ts";
import type { PrivateEngine } from "./private_engine.ts";

/**
 * Runs Podman's service in namespaces of its own: networks, mounts and processes vanish with the first process in
 * them, which is killed as soon as this shell's standard input ends, however that comes about.
 */
const keeper = `
directory=$1
unshare --net --mount --pid --fork --kill-child --mount-proc sh -c '
  ip link set lo up
  podman --log-level=error system service --time=0 "unix://$1/podman.sock" >"$1/podman.log" 2>&1 &
  wait
' sh "$directory" </dev/null &
namespaces=$!
cat >/dev/null
kill -KILL $namespaces 2>/dev/null
wait $namespaces 2>/dev/null
tries=0
while ! rm -rf "$directory" 2>/dev/null && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.05; done
find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} \\; 2>/dev/null
:
`;

/** How long Podman's service may take to answer, in milliseconds. */
const startBound = 30_000;

/** Starts a private Podman; installs Debian's package when it is missing. Ends with this process at the latest. */
export async function startPrivatePodman(): Promise<PrivateEngine> {
  await installPackages({ podman: "podman", unshare: "util-linux", ip: "iproute2" });
  const directory = await Deno.makeTempDir({ prefix: "mesolet-podman-" });
  await Deno.writeTextFile(`${directory}/containers.conf`, settings(directory));
  await Deno.writeTextFile(`${directory}/storage.conf`, storage(directory));
  const shell = new Deno.Command("sh", {
    args: ["-c", keeper, "sh", directory],
    env: {
      CONTAINERS_CONF: `${directory}/containers.conf`,
      CONTAINERS_STORAGE_CONF: `${directory}/storage.conf`,
    },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    detached: true,
  }).spawn();
  const stop = async () => {
    await shell.stdin.close().catch(() => {});
    await shell.status;
  };
  const deadline = performance.now() + startBound;
  while (!await Deno.stat(`${directory}/podman.sock`).then(() => true, () => false)) {
    if (performance.now() > deadline) {
      const log = await Deno.readTextFile(`${directory}/podman.log`).catch(() => "");
      await stop();
      throw new Error(`Cannot start a private Podman: no socket after ${startBound / 1_000} s\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { host: `unix://${directory}/podman.sock`, stop };
}

/** Pods of Podman are held by our own pause image, which a test has to load: Podman's own is another package. */
function settings(directory: string): string {
  return `[containers]
log_driver = "k8s-file"
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[network]
network_backend = "cni"
network_config_dir = "${directory}/networks"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
infra_image = "localhost/${pauseImageName}"
runtime = "runc"
tmp_dir = "${directory}/tmp"
volume_path = "${directory}/volumes"
static_dir = "${directory}/static"
`;
}

function storage(directory: string): string {
  return `[storage]
driver = "overlay"
graphroot = "${directory}/root"
runroot = "${directory}/run"
`;
}
