import { loadCompose } from "../../src/compose/load.ts";
import { podOf, type PodResult } from "../../src/compose/pod.ts";
import { memoryFiles } from "./memory_files.ts";

/** What a test gives besides the text of the Compose file. */
export interface ComposePodOptions {
  readonly name?: string;
  readonly network?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  /** Files by absolute path; the Compose file is `/spec/compose.yaml`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly directory?: string;
  readonly forTask?: boolean;
  readonly forCluster?: boolean;
}

/** Loads a Compose text and turns it into a pod, as every command does. */
export async function podOfText(text: string, options: ComposePodOptions = {}): Promise<PodResult> {
  const directory = options.directory ?? "/spec";
  const files: Record<string, string> = { ...options.files, [`${directory}/compose.yaml`]: text };
  const { project } = await loadCompose({
    files: [`${directory}/compose.yaml`],
    projectName: options.name ?? "shop",
    ...(options.profiles === undefined ? {} : { profiles: options.profiles }),
    environment: options.environment ?? {},
    workingDirectory: directory,
    access: memoryFiles(files),
  });
  return podOf({
    project,
    readFile: (path) => {
      const content = files[path];
      return content === undefined ? undefined : new TextEncoder().encode(content);
    },
    ...(options.network === undefined ? {} : { network: options.network }),
    ...(options.forTask === undefined ? {} : { forTask: options.forTask }),
    ...(options.forCluster === undefined ? {} : { forCluster: options.forCluster }),
  });
}
