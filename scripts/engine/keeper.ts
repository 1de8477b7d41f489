/**
 * Keeps a private engine for as long as its standard input is open: the end of the process that started it, however
 * it ends, is the end of the engine. It runs in a session of its own, so that Ctrl-C does not reach it.
 *
 * Writes one line of JSON: `{"host": "unix://…"}` or `{"error": "…"}`.
 */
import { signalChild } from "./signal_child.ts";
import { divideRange } from "./address_range.ts";
import { type Claim, claimRange } from "./claim.ts";
import { installPackages, run, tryRun } from "./host_command.ts";
import { packetRules } from "./packet_rules.ts";
import { sweep } from "./sweep.ts";

const startBound = 60_000;
const stopBound = 10_000;

if (import.meta.main) await keep();

async function keep(): Promise<void> {
  const ended = Promise.withResolvers<string>();
  for (const signal of ["SIGINT", "SIGHUP"] as const) Deno.addSignalListener(signal, () => {});
  Deno.addSignalListener("SIGTERM", () => ended.resolve("terminated"));
  endOfInput().then(() => ended.resolve("the parent ended"));
  let claim: Claim | undefined;
  try {
    await installPackages({
      dockerd: "docker.io",
      containerd: "containerd",
      iptables: "iptables",
      ip: "iproute2",
    });
    claim = await claimRange(sweep);
    const engine = await startEngine(claim, ended.promise);
    // The parent may be gone by now.
    await writeLine({ host: engine.host }).catch(() => {});
    await Promise.race([ended.promise, engine.ended]);
    await engine.stop();
  } catch (error) {
    await writeLine({ error: error instanceof Error ? error.message : String(error) }).catch(() => {});
  } finally {
    if (claim !== undefined) {
      await sweep(claim.holdings);
      await claim.release();
    }
  }
  Deno.exit(0);
}

async function endOfInput(): Promise<void> {
  for await (const _ of Deno.stdin.readable);
}

async function writeLine(value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(value) + "\n");
  for (let written = 0; written < bytes.length;) written += await Deno.stdout.write(bytes.subarray(written));
}

interface Started {
  readonly host: string;
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

async function startEngine(claim: Claim, interrupted: Promise<string>): Promise<Started> {
  const { directory, bridge, range, cgroup } = claim.holdings;
  const { bridge: bridgeAddress, pool } = divideRange(range);
  await run("ip", "link", "add", bridge, "type", "bridge");
  await run("ip", "addr", "add", bridgeAddress, "dev", bridge);
  await run("ip", "link", "set", bridge, "up");
  for (const { table, rule } of packetRules(range)) {
    const [chain = "", ...rest] = rule;
    // At the front: another engine's chains may drop before the end is reached.
    await tryRun("iptables", "-w", "-t", table, "-I", chain, ...rest);
  }
  const containerdSocket = `${directory}/containerd.sock`;
  await Deno.writeTextFile(
    `${directory}/containerd.toml`,
    [
      "version = 2",
      `root = "${directory}/containerd"`,
      `state = "${directory}/containerd-state"`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      "[grpc]",
      `address = "${containerdSocket}"`,
      "",
    ].join("\n"),
  );
  await Deno.writeTextFile(`${directory}/daemon.json`, JSON.stringify(await daemonSettings(directory)));
  // A containerd of its own: dockerd would share a running one of the system, and the names in it.
  const containerd = spawn(directory, "containerd", ["--config", `${directory}/containerd.toml`]);
  const host = `unix://${directory}/docker.sock`;
  let dockerd: Deno.ChildProcess | undefined;
  const stop = async () => {
    if (dockerd !== undefined) {
      await killContainers(`${directory}/docker.sock`);
      await terminate(dockerd);
    }
    await terminate(containerd);
  };
  try {
    await ready("containerd", containerd, () => exists(containerdSocket), directory, interrupted);
    dockerd = spawn(directory, "dockerd", [
      "--config-file",
      `${directory}/daemon.json`,
      "--containerd",
      containerdSocket,
      "--host",
      host,
      "--bridge",
      bridge,
      "--default-address-pool",
      `base=${pool},size=24`,
      "--cgroup-parent",
      `/${cgroup}`,
      // The same on every host, whatever manages its cgroups.
      "--exec-opt",
      "native.cgroupdriver=cgroupfs",
    ]);
    await ready("dockerd", dockerd, () => answers(`${directory}/docker.sock`), directory, interrupted);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, ended: Promise.race([dockerd.status, containerd.status]), stop };
}

async function daemonSettings(directory: string): Promise<Record<string, unknown>> {
  const version = /version (\d+)\./.exec(await run("dockerd", "--version"))?.[1];
  return {
    "data-root": `${directory}/data`,
    "exec-root": `${directory}/exec`,
    pidfile: `${directory}/docker.pid`,
    iptables: false,
    "shutdown-timeout": 3,
    // Older engines write a key below /etc/docker otherwise; newer ones do not know the setting.
    ...(Number(version) < 24 ? { "deprecated-key-path": `${directory}/key.json` } : {}),
  };
}

function spawn(directory: string, program: string, parameters: string[]): Deno.ChildProcess {
  // Through a shell, because a Deno process cannot pass a file as its child's output.
  const child = new Deno.Command("sh", {
    args: ["-c", `exec "$0" "$@" >"${directory}/${program}.log" 2>&1`, program, ...parameters],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return child;
}

async function ready(
  program: string,
  child: Deno.ChildProcess,
  isReady: () => Promise<boolean>,
  directory: string,
  interrupted: Promise<string>,
): Promise<void> {
  let stopped: string | undefined;
  child.status.then(({ code }) => stopped ??= `it ended with exit code ${code}`);
  interrupted.then((why) => stopped ??= why);
  const deadline = performance.now() + startBound;
  while (!await isReady()) {
    if (stopped === undefined && performance.now() > deadline) {
      stopped = `not ready after ${startBound / 1_000} s`;
    }
    if (stopped !== undefined) {
      const log = await Deno.readTextFile(`${directory}/${program}.log`).catch(() => "");
      const tail = log.trim().split("\n").slice(-5).join("\n");
      throw new Error(`Cannot start a private ${program}: ${stopped}\n${tail}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

async function answers(socket: string): Promise<boolean> {
  try {
    return (await ask(socket, "GET", "/_ping")).startsWith("OK");
  } catch {
    return false;
  }
}

/** Ends containers at once, so that the engine does not wait for each of them when it stops. */
async function killContainers(socket: string): Promise<void> {
  try {
    const running = JSON.parse(await ask(socket, "GET", "/containers/json")) as { readonly Id: string }[];
    await Promise.all(running.map(({ Id }) => ask(socket, "POST", `/containers/${Id}/kill`)));
  } catch {
    // An engine that does not answer is killed, and its containers are swept.
  }
}

async function ask(socket: string, method: string, path: string): Promise<string> {
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path: socket } });
  try {
    const response = await fetch(`http://localhost${path}`, {
      client,
      method,
      signal: AbortSignal.timeout(stopBound),
    });
    return await response.text();
  } finally {
    client.close();
  }
}

async function terminate(child: Deno.ChildProcess): Promise<void> {
  const late = setTimeout(() => signalChild(child, "SIGKILL"), stopBound);
  signalChild(child, "SIGTERM");
  await child.status;
  clearTimeout(late);
}
