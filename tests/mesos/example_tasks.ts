/** The examples for Mesos, as the tasks that frameworks make of them. */
import { decodeSchedulerCall } from "../../src/mesos/wire/codec.ts";
import type { TaskInfo } from "../../src/mesos/wire/messages.ts";
import { type AuroraExecutor, type AuroraJob, auroraTask } from "./aurora_task.ts";
import { type MarathonApp, marathonTask } from "./marathon_task.ts";
import type { TaskWish } from "./agent/strict_agent.ts";

export const examples = new URL("../../examples/mesos/", import.meta.url).pathname;

/** What the examples leave open. */
export interface ExampleOffer {
  readonly frameworkId: string;
  /** The port of the host that is offered. */
  readonly port: number;
}

/** A file of the examples; the caller says what it is, which the tests of the examples prove. */
export function exampleJson<Content>(name: string): Content {
  return JSON.parse(Deno.readTextFileSync(`${examples}${name}`));
}

/** The task that Marathon makes of one of its examples. */
export function marathonExample(name: string, offer: ExampleOffer, sendsApp = false): TaskWish {
  const app = exampleJson<MarathonApp>(name);
  return marathonTask(app, {
    taskId: `${app.id.slice(1)}.instance-1`,
    frameworkId: offer.frameworkId,
    hostname: "127.0.0.1",
    ports: [offer.port],
    sendsApp,
  });
}

/** The task that Aurora makes of its example. */
export function auroraExample({ frameworkId, port }: ExampleOffer): TaskWish {
  return auroraTask(
    exampleJson<readonly AuroraExecutor[]>("aurora-executor.json"),
    exampleJson<AuroraJob>("aurora-job.json"),
    { taskId: "vagrant-prod-shop-0-5f2a", frameworkId, ports: [port] },
  );
}

/** The task of the ACCEPT call of the example of a framework by hand. */
export function frameworkExample({ frameworkId, port }: ExampleOffer): TaskInfo {
  const text = Deno.readTextFileSync(`${examples}framework-accept.json`)
    .replaceAll("FRAMEWORK_ID", frameworkId).replaceAll("31000", String(port));
  const call = decodeSchedulerCall(new TextEncoder().encode(text), "application/json");
  const [operation] = call.type === "ACCEPT" ? call.accept.operations ?? [] : [];
  const [task] = operation?.launch?.task_infos ?? [];
  if (task === undefined) throw new Error("framework-accept.json launches no task");
  return task;
}

/**
 * Puts up what the examples fetch, where a web server would have it: the program, and the pod, packed by the command of
 * docs/mesos-executor.md.
 *
 * @param program the words that start mesolet
 * @returns a directory, which the caller removes
 */
export async function exampleFiles(program: readonly string[]): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-files-" });
  const words = program.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  await Deno.writeTextFile(`${directory}/mesolet`, `#!/bin/sh\nexec ${words} "$@"\n`);
  const { success, stderr } = await new Deno.Command("tar", {
    args: ["-czf", `${directory}/shop.tgz`, "-C", examples, "shop"],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return directory;
}

/** The task with all that it fetches from the web server of the examples in a directory of this machine. */
export function fetchedFrom(directory: string, task: TaskWish): TaskWish {
  const { executor } = task;
  if (executor?.command?.uris === undefined) throw new Error("The example fetches nothing");
  const uris = executor.command.uris.map((uri) => ({
    ...uri,
    value: uri.value.replace("http://files.example.com/", `${directory}/`),
  }));
  return { ...task, executor: { ...executor, command: { ...executor.command, uris } } };
}
