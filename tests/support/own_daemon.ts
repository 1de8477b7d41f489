import { systemClock } from "../../src/pod/clock.ts";
import { waitUntil } from "./wait.ts";

/**
 * A dockerd of a test's own, without networks, that the test may stop, kill and start again. It uses the containerd
 * of the test engine where that has one of its own.
 */
export class OwnDaemon implements AsyncDisposable {
  readonly directory: string = Deno.makeTempDirSync({ prefix: "mesolet-daemon-" });
  readonly host = `unix://${this.directory}/docker.sock`;
  readonly #containerd: string | undefined;
  #process: Deno.ChildProcess | undefined;

  /** @param testHost address of the test engine */
  constructor(testHost: string) {
    const socket = testHost.replace("unix://", "").replace(/docker\.sock$/, "containerd.sock");
    this.#containerd = exists(socket) ? socket : undefined;
  }

  async start(): Promise<void> {
    Deno.writeTextFileSync(
      `${this.directory}/daemon.json`,
      JSON.stringify({ "deprecated-key-path": `${this.directory}/key.json`, "shutdown-timeout": 5 }),
    );
    const own = this.directory.replace(/.*-/, "");
    this.#process = new Deno.Command("dockerd", {
      args: [
        "--config-file",
        `${this.directory}/daemon.json`,
        "--data-root",
        `${this.directory}/data`,
        "--exec-root",
        `${this.directory}/exec`,
        "--pidfile",
        `${this.directory}/docker.pid`,
        "--host",
        this.host,
        "--bridge=none",
        "--iptables=false",
        "--ip-forward=false",
        "--ip-masq=false",
        "--exec-opt=native.cgroupdriver=cgroupfs",
        ...(this.#containerd === undefined ? [] : [
          "--containerd",
          this.#containerd,
          "--containerd-namespace",
          `test-${own}`,
          "--containerd-plugins-namespace",
          `test-plugins-${own}`,
        ]),
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await waitUntil("the daemon answers", () => this.#answers(), 30_000);
  }

  /** Ends it as a service manager does; its containers end with it. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Ends it without a chance to do anything. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
    // The new one refuses to start beside the old one's mark.
    Deno.removeSync(`${this.directory}/docker.pid`);
  }

  /** Lets it hang: it takes connections and answers nothing. */
  freeze(): void {
    this.#process?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#process?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw();
    await this.stop();
    // A daemon that was killed has left its own mounts.
    const mounts = Deno.readTextFileSync("/proc/self/mountinfo").split("\n")
      .flatMap((line) => line.split(" ")[4] ?? [])
      .filter((path) => path.startsWith(`${this.directory}/`));
    for (const path of mounts.reverse()) await new Deno.Command("umount", { args: [path] }).output();
    await Deno.remove(this.directory, { recursive: true });
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    child.kill(signal);
    await child.status;
  }

  async #answers(): Promise<boolean> {
    try {
      const connection = await Deno.connect({ transport: "unix", path: `${this.directory}/docker.sock` });
      connection.close();
      return true;
    } catch {
      await systemClock.sleep(10);
      return false;
    }
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
