// Also needs "../support/engine.ts", by which the script of the tests knows that this needs a host with engines.
import { startPrivateEngine } from "../../scripts/engine/private_engine.ts";
import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { Connection } from "../../src/docker/connection.ts";
import { connectEngine } from "../../src/docker/connect.ts";
import { parseEngineAddress } from "../../src/docker/engine_address.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../support/assert.ts";
import { testHost } from "../support/engine.ts";
import { waitUntil } from "../support/wait.ts";

const script = new URL("../../scripts/engine.ts", import.meta.url).pathname;

interface Traces {
  readonly directory: string;
  readonly range: string;
  readonly cgroup: string;
  /** Interfaces that the engine had. */
  readonly interfaces: readonly string[];
}

/** Where a running private engine can be seen on the host. Others run beside it: only its own are looked at. */
async function tracesOf(host: string): Promise<Traces> {
  const claims = "/run/lock/mesolet-private-engine";
  for await (const { name } of Deno.readDir(claims)) {
    const text = await Deno.readTextFile(`${claims}/${name}`).catch(() => "");
    const claim = text === "" ? undefined : JSON.parse(text);
    if (claim?.directory !== host.replace("unix://", "").replace("/docker.sock", "")) continue;
    const links = JSON.parse(await output("ip", "-json", "addr", "show")) as {
      readonly ifname: string;
      readonly master?: string;
      readonly addr_info: readonly { readonly local: string }[];
    }[];
    const start = claim.range.replace(/0\.0\/16$/, "");
    const bridges = links.filter((link) => link.addr_info.some(({ local }) => local.startsWith(start)));
    const names = bridges.map(({ ifname }) => ifname);
    const plugged = links.filter(({ master }) => master !== undefined && names.includes(master));
    return { ...claim, interfaces: [...names, ...plugged.map(({ ifname }) => ifname)] };
  }
  throw new Error(`No claim for ${host}`);
}

/** What is left of a private engine on the host. */
async function leftOf({ directory, range, cgroup, interfaces }: Traces): Promise<string[]> {
  const left: string[] = [];
  const lines = (text: string, part: string) => text.split("\n").filter((line) => line.includes(part));
  if (await Deno.stat(directory).then(() => true, () => false)) left.push(directory);
  left.push(...lines(await Deno.readTextFile("/proc/self/mountinfo"), directory));
  const links = await output("ip", "-br", "link");
  left.push(...interfaces.filter((name) => new RegExp(`^${name}[@ ]`, "m").test(links)));
  left.push(...lines(await output("iptables", "-S", "FORWARD"), range));
  left.push(...lines(await output("iptables", "-t", "nat", "-S", "POSTROUTING"), range));
  for await (const { name } of Deno.readDir("/sys/fs/cgroup")) {
    const path = `/sys/fs/cgroup/${name}/${cgroup}`;
    if (await Deno.stat(path).then(() => true, () => false)) left.push(path);
  }
  for await (const { name } of Deno.readDir("/proc")) {
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    const own = await Deno.readTextFile(`/proc/${name}/cgroup`).catch(() => "");
    // A process that has ended and is not yet waited for has no command line.
    if (command !== "" && (command.includes(directory) || own.includes(cgroup))) {
      left.push(command.replaceAll("\0", " "));
    }
  }
  return left;
}

async function output(command: string, ...parameters: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(command, { args: parameters, stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}

async function withConnection<T>(host: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = new Connection(parseEngineAddress(host, "test"), {
    clock: systemClock,
    apiVersion: "1.41",
  });
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

async function startContainer(connection: Connection, body: Record<string, unknown>): Promise<string> {
  const created = await connection.request({
    method: "POST",
    path: "/containers/create",
    body: JSON.parse(JSON.stringify(body)),
    call: "create a container",
    bound: 30_000,
  });
  const id = (created.body as { readonly Id: string }).Id;
  const path = `/containers/${id}/start`;
  await connection.request({ method: "POST", path, call: "start a container", bound: 30_000 });
  return id;
}

Deno.test("engine: a private engine publishes ports and resolves names beside another one, and leaves nothing", async () => {
  const engine = await startPrivateEngine();
  let traces = await tracesOf(engine.host);
  try {
    assertNotEquals(engine.host, testHost());
    await withConnection(engine.host, async (connection) => {
      await importBusybox(connection);
      const network = { Name: "names", CheckDuplicate: true };
      const path = "/networks/create";
      await connection.request({
        method: "POST",
        path,
        body: network,
        call: "create a network",
        bound: 30_000,
      });
      await startContainer(connection, {
        Image: "busybox",
        Cmd: ["sh", "-c", "mkdir /w; echo served > /w/index.html; exec httpd -f -p 80 -h /w"],
        ExposedPorts: { "80/tcp": {} },
        HostConfig: {
          NetworkMode: "names",
          PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "0" }] },
        },
        NetworkingConfig: { EndpointsConfig: { names: { Aliases: ["server"] } } },
      });
      const list = await connection.request({
        method: "GET",
        path: "/containers/json",
        call: "list containers",
        bound: 30_000,
      });
      const ports = (list.body as { readonly Ports: readonly { readonly PublicPort: number }[] }[])[0]?.Ports;
      await waitUntil("the published port answers", async () => {
        const response = await fetch(`http://127.0.0.1:${ports?.[0]?.PublicPort}/`).catch(() => undefined);
        return response !== undefined && await response.text() === "served\n";
      });
      const client = await startContainer(connection, {
        Image: "busybox",
        Cmd: ["sh", "-c", "until wget -q -O - http://server/; do sleep 0.1; done"],
        HostConfig: { NetworkMode: "names" },
      });
      const ended = await connection.request({
        method: "POST",
        path: `/containers/${client}/wait`,
        call: "wait for the client",
        bound: 20_000,
      });
      assertEquals((ended.body as { readonly StatusCode: number }).StatusCode, 0);
      traces = await tracesOf(engine.host);
    });
  } finally {
    await engine.stop();
  }
  // The default bridge, the bridge of the network, and what the server is plugged in with.
  assertEquals(traces.interfaces.length, 3);
  assertEquals(await leftOf(traces), []);
});

Deno.test("engine: a private engine goes away with everything when its parent is killed", async () => {
  const ready = Promise.withResolvers<string>();
  const parent = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--node-modules-dir=manual",
      "--quiet",
      script,
      "--private",
      "--",
      "sh",
      "-c",
      "echo $DOCKER_HOST; exec sleep 1000",
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reading = (async () => {
    for await (const text of parent.stdout.pipeThrough(new TextDecoderStream())) ready.resolve(text.trim());
  })();
  const host = await ready.promise;
  assertMatch(host, /^unix:\/\//);
  const keeper = await keeperOf(parent.pid);
  await withConnection(host, async (connection) => {
    await importBusybox(connection);
    await startContainer(connection, { Image: "busybox", Cmd: ["sleep", "1000"] });
  });
  const traces = await tracesOf(host);
  const command = await childOf(parent.pid, "sleep");
  parent.kill("SIGKILL");
  Deno.kill(command, "SIGKILL");
  await parent.status;
  await reading;
  await waitUntil("the keeper has ended", async () => !await isAlive(keeper), 30_000);
  assertEquals(await leftOf(traces), []);
});

Deno.test("engine: what a killed keeper left behind is removed by the next one", async () => {
  const parent = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--node-modules-dir=manual",
      "--quiet",
      script,
      "--private",
      "--",
      "sh",
      "-c",
      "echo $DOCKER_HOST; exec sleep 1000",
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = parent.stdout.pipeThrough(new TextDecoderStream());
  const reader = output.getReader();
  const host = (await reader.read()).value?.trim() ?? "";
  const keeper = await keeperOf(parent.pid);
  await withConnection(host, async (connection) => {
    await importBusybox(connection);
    await startContainer(connection, { Image: "busybox", Cmd: ["sleep", "1000"] });
  });
  const traces = await tracesOf(host);
  Deno.kill(keeper, "SIGKILL");
  Deno.kill(await childOf(parent.pid, "sleep"), "SIGKILL");
  await parent.status;
  await reader.cancel();
  const next = await startPrivateEngine();
  await next.stop();
  assertEquals(await leftOf(traces), []);
});

Deno.test("engine: a terminated script passes the signal on, stops its engine and reports the command's exit code", async () => {
  const parent = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--node-modules-dir=manual",
      "--quiet",
      script,
      "--private",
      "--",
      "sh",
      "-c",
      "trap 'exit 5' TERM; echo $DOCKER_HOST; while :; do sleep 0.05; done",
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const traces = await tracesOf((await reader.read()).value?.trim() ?? "");
  parent.kill("SIGTERM");
  assertEquals((await parent.status).code, 5);
  await reader.cancel();
  assertEquals(await leftOf(traces), []);
});

Deno.test("engine: an engine that is there already is used, and left running", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--node-modules-dir=manual",
      "--quiet",
      script,
      "--",
      "sh",
      "-c",
      "echo $DOCKER_HOST",
    ],
    env: { DOCKER_HOST: testHost() },
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout).trim()], [0, testHost()]);
  const engine = await connectEngine({ host: testHost(), environment: {} });
  assert(await engine.ping());
  engine.close();
});

async function children(pid: number): Promise<{ readonly pid: number; readonly command: string }[]> {
  const found: { pid: number; command: string }[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    if (parent !== pid) continue;
    const command = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    found.push({ pid: Number(name), command: command.replaceAll("\0", " ") });
  }
  return found;
}

async function childOf(pid: number, name: string): Promise<number> {
  let found = 0;
  await waitUntil(`process ${pid} has a child ${name}`, async () => {
    found = (await children(pid)).find(({ command }) => command.includes(name))?.pid ?? 0;
    return found > 0;
  });
  return found;
}

function keeperOf(pid: number): Promise<number> {
  return childOf(pid, "keeper.ts");
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return stat !== "" && !/\) Z /.test(stat);
}
