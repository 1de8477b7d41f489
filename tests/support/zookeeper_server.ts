import { findProgram } from "../../scripts/engine/host_command.ts";
import { zookeeperLibrary } from "../../scripts/test/zookeeper_packages.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { waitUntil } from "./wait.ts";

/**
 * Debian's ZooKeeper with a data directory and a port of its own, that a test may kill, freeze and start again.
 * `deno task test` installs it for test files that import this one.
 */
export class ZookeeperServer implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string = Deno.makeTempDirSync({ prefix: "mesolet-zookeeper-" });
  readonly #tick: number;
  readonly #number: number;
  #ensemble: readonly string[] = [];
  #process: Deno.ChildProcess | undefined;

  private constructor(tick: number, number: number) {
    this.#tick = tick;
    this.#number = number;
    this.port = freePort();
  }

  /**
   * Starts one, and waits until it answers.
   *
   * @param tick milliseconds; sessions may be 2 to 20 of them long
   */
  static async start(tick = 100): Promise<ZookeeperServer> {
    const server = new ZookeeperServer(tick, 1);
    await server.start();
    return server;
  }

  /** Starts three that know the same. Any two of them are enough. */
  static async startThree(tick: number): Promise<readonly ZookeeperServer[] & AsyncDisposable> {
    const servers = [1, 2, 3].map((number) => new ZookeeperServer(tick, number));
    const ensemble = servers.map(() => `127.0.0.1:${freePort()}:${freePort()}`);
    for (const server of servers) server.#ensemble = ensemble;
    await Promise.all(servers.map((server) => server.start()));
    return Object.assign(servers, {
      async [Symbol.asyncDispose]() {
        for (const server of servers) await server[Symbol.asyncDispose]();
      },
    });
  }

  /** `host:port`. */
  get endpoint(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it with the data that it has. */
  async start(): Promise<void> {
    const java = findProgram("java");
    if (java === undefined || findProgram(zookeeperLibrary) === undefined) {
      throw new Error("ZooKeeper is missing: deno task test installs it for root");
    }
    const settings = {
      tickTime: this.#tick,
      initLimit: 20,
      syncLimit: 4,
      dataDir: `${this.#directory}/data`,
      clientPort: this.port,
      clientPortAddress: "127.0.0.1",
      maxClientCnxns: 0,
      "admin.enableServer": false,
      "4lw.commands.whitelist": "*",
      ...Object.fromEntries(this.#ensemble.map((address, index) => [`server.${index + 1}`, address])),
    };
    Deno.mkdirSync(`${this.#directory}/data`, { recursive: true });
    Deno.writeTextFileSync(`${this.#directory}/data/myid`, String(this.#number));
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    Deno.writeTextFileSync(`${this.#directory}/zoo.cfg`, lines.join(""));
    // What takes the least time to start.
    const options = ["-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"];
    // A transaction is one for a test without being on the disk.
    const quick = ["-Dzookeeper.forceSync=no", "-Dzookeeper.preAllocSize=64"];
    const main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
    this.#process = new Deno.Command(java, {
      args: [...options, ...quick, "-cp", zookeeperLibrary, main, `${this.#directory}/zoo.cfg`],
      cwd: this.#directory,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await waitUntil("ZooKeeper answers", () => this.#answers(), 60_000);
  }

  /** Ends it as a crash does; its data stay. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    process?.kill("SIGKILL");
    await process?.status;
  }

  /** Makes it neither answer nor refuse, as a host that hangs; fulfilled when none of its threads goes on. */
  async freeze(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    process.kill("SIGSTOP");
    // Another program may look at /proc where a test may not.
    const threads = new Deno.Command("sh", { args: ["-c", `cat /proc/${process.pid}/task/*/stat`] });
    await waitUntil("all threads stand still", async () => {
      const { stdout } = await threads.output();
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      return lines.every((line) => /\) T /.test(line));
    });
  }

  /** Ends {@linkcode freeze}. */
  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#directory, { recursive: true });
  }

  async #answers(): Promise<boolean> {
    const enough = new AbortController();
    try {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
      // Before it is ready it takes connections, and may leave them without an answer for ever.
      systemClock.sleep(1_000, enough.signal).then(() => connection.close(), () => {});
      await connection.write(new TextEncoder().encode("srvr"));
      return /^Mode: (standalone|leader|follower)$/m.test(await new Response(connection.readable).text());
    } catch {
      return false;
    } finally {
      enough.abort();
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
