import { openDescriptors } from "../support/open_descriptors.ts";
import { waitUntil } from "../support/wait.ts";
import { ask, RawClient, statusOf } from "./raw_client.ts";

Deno.test("a server that was out of file descriptors answers again when there are some", async () => {
  const script = new URL("serve_fake_board.ts", import.meta.url).pathname;
  const words = [Deno.execPath(), "run", "-A", "--quiet", "--no-check", "--node-modules-dir=manual", script];
  await using child = new Deno.Command("sh", {
    // Fewer than connections that are taken, so that one of them cannot be accepted.
    args: ["-c", 'ulimit -n 60; exec "$@"', "sh", ...words],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.getReader();
  const { value } = await output.read();
  const address = new TextDecoder().decode(value).trim();
  const clients: RawClient[] = [];
  try {
    for (let count = 0; count < 100; count++) clients.push(await RawClient.connect(address));
    await waitUntil("it has no descriptor left", () => openDescriptors(child.pid) >= 60);
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
  await waitUntil(
    "it answers again",
    async () => statusOf(await ask(address, "GET /healthz").catch(() => "")) === 200,
  );
  await child.stdin.close();
  await output.cancel();
  await child.status;
});
