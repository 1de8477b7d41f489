import { openDoor } from "../../../src/mesos/agent_files/agent_door.ts";
import { openSandbox, type Sandbox } from "../../../src/mesos/agent_files/sandbox.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { answerAgent } from "../master/agent_files.ts";

/** A sandbox on this disk, behind the door of an agent. */
export interface ShownSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Its directory. */
  readonly path: string;
  readonly port: number;
  /** Paths that were asked for. */
  readonly asked: string[];
}

export const shownIds = { frameworkId: "F", executorId: "E" } as const;

/** @param options.virtual whether the agent knows the path of the last run, as agents do since Mesos 1.5 */
export async function showSandbox(options: { readonly virtual?: boolean } = {}): Promise<ShownSandbox> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "mesolet-agent-" }));
  const path = `${root}/slaves/S/frameworks/F/executors/E/runs/C`;
  await Deno.mkdir(`${path}/logs`, { recursive: true });
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push(new URL(request.url).pathname);
    return answerAgent(request, {
      root,
      state: () =>
        Promise.resolve({ frameworks: [{ id: "F", completed_executors: [{ id: "E", directory: path }] }] }),
      latestRun: (framework, executor) =>
        Promise.resolve(
          options.virtual !== false && framework === "F" && executor === "E" ? path : undefined,
        ),
    });
  });
  const { port } = server.addr;
  const door = openDoor({ hostname: "127.0.0.1", port }, { clock: systemClock });
  return {
    sandbox: openSandbox(door, shownIds),
    path,
    port,
    asked,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(root, { recursive: true });
    },
  };
}
