import { loadCompose } from "../../../../src/compose/load.ts";
import { podOf } from "../../../../src/compose/pod.ts";
import { type TravellingSpec, travellingSpec } from "../../../../src/compose/travelling_spec.ts";
import { AvailableResources } from "../../../../src/mesos/framework/placement/available_resources.ts";
import { taskBuilder } from "../../../../src/mesos/framework/task/task_of_wish.ts";
import type { PodWish } from "../../../../src/mesos/framework/wish/pod_wish.ts";
import { wishOfPod, type WishResult } from "../../../../src/mesos/framework/wish/wish_of_pod.ts";
import type { TaskInfo } from "../../../../src/mesos/wire/messages.ts";
import { cleanPath } from "../../../../src/compose/volume_syntax.ts";
import { formatProblem, type Problem } from "../../../../src/pod/errors.ts";
import type { Pod } from "../../../../src/pod/model.ts";
import { memoryFiles } from "../../../support/memory_files.ts";
import { agent, ports, scalar } from "../placement/offering.ts";

/** A spec of a test, in `/pods/shop`. */
export interface GivenSpec {
  readonly text: string;
  /** Beside it, or by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly roles?: readonly string[];
}

/** A spec that was read for a cluster. */
export interface ReadSpec {
  readonly pod: Pod;
  readonly travelling: TravellingSpec;
  readonly result: WishResult;
  /** Of the loader. */
  readonly warnings: readonly Problem[];
}

/** Reads a spec as a framework does. */
export async function readSpec(given: string | GivenSpec): Promise<ReadSpec> {
  const { text, files = {}, environment = {}, profiles, roles = ["mesolet"] }: GivenSpec =
    typeof given === "string" ? { text: given } : given;
  const directory = "/pods/shop";
  const all = Object.fromEntries(
    Object.entries({ ...files, "compose.yaml": text }).map(([path, content]) =>
      [path.startsWith("/") ? path : `${directory}/${path}`, content] as const
    ),
  );
  const { project } = await loadCompose({
    defaultName: "shop",
    workingDirectory: directory,
    environment,
    access: memoryFiles(all),
    ...(profiles === undefined ? {} : { profiles }),
  });
  const readFile = (path: string) => {
    const content = all[cleanPath(path)];
    return content === undefined ? undefined : bytesOf(content);
  };
  const { pod, offeredPorts, warnings } = podOf({ project, readFile, forCluster: true });
  const travelling = travellingSpec(project, { readFile, hasUris: (pod.cluster?.uris ?? []).length > 0 });
  const origin = { directory: "/pods", files: [`${directory}/compose.yaml`] };
  return { pod, travelling, warnings, result: wishOfPod({ pod, origin, travelling, offeredPorts, roles }) };
}

/** Text of the letters up to U+00FF after `binary:` are bytes; all else is UTF-8. */
function bytesOf(content: string): Uint8Array {
  const [, binary] = /^binary:(.*)$/s.exec(content) ?? [];
  return binary === undefined
    ? new TextEncoder().encode(content)
    : Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** The wish of a spec that has one. */
export async function wishOf(given: string | GivenSpec): Promise<PodWish> {
  const { result } = await readSpec(given);
  if (result.wish === undefined) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.wish;
}

/** Its problems, a line for each. */
export async function problemsOf(given: string | GivenSpec): Promise<string[]> {
  return (await readSpec(given)).result.problems.map(formatProblem);
}

/** Its task on an agent with everything. */
export function taskOf(wish: PodWish, setup: Partial<Parameters<typeof taskBuilder>[0]> = {}): TaskInfo {
  const build = taskBuilder({
    program: { kind: "uri", uri: "http://operator.example/mesolet-1.2.3" },
    ...setup,
  });
  const available = new AvailableResources([
    scalar("cpus", 64),
    scalar("mem", 65_536),
    scalar("disk", 100_000),
    scalar("gpus", 8),
    ports("1-65535"),
  ]);
  const taken = available.take(wish.needs);
  if (taken === undefined) throw new Error("there is not enough for the test");
  return build(wish, {
    id: "shop.0.v.1",
    executorId: "shop.0.v.1",
    frameworkId: "framework-1",
    slot: 0,
    agent: agent("agent-1"),
    role: "mesolet",
    taken,
  });
}
