/** A private engine that ends with this process at the latest. */
export interface PrivateEngine {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  /** Stops it and waits until nothing of it is left on the host. */
  stop(): Promise<void>;
}

/**
 * Starts a private engine: a dockerd with its own containerd, directories, socket, bridge, addresses and cgroup.
 * Installs Debian's packages when they are missing.
 *
 * @throws {Error} when we are not root or the engine does not start
 */
export async function startPrivateEngine(): Promise<PrivateEngine> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    throw new Error("Cannot start a private engine: that takes Linux and root");
  }
  const keeper = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-lock", new URL("./keeper.ts", import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
    // A session of its own: a Ctrl-C of the terminal is for us, who then tell the keeper.
    detached: true,
  }).spawn();
  const input = keeper.stdin.getWriter();
  const stop = async () => {
    await input.close().catch(() => {});
    await keeper.status;
    await keeper.stdout.cancel().catch(() => {});
  };
  const answer = await firstLine(keeper.stdout);
  if (answer.host === undefined) {
    await stop();
    throw new Error(answer.error ?? "Cannot start a private engine: its keeper ended without a word");
  }
  return { host: answer.host, stop };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<{ host?: string; error?: string }> {
  const reader = stream.pipeThrough(new TextDecoderStream(), { preventCancel: true }).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) return {};
    text += value;
  }
  reader.releaseLock();
  return JSON.parse(text.split("\n")[0] ?? "{}");
}
