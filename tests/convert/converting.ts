import { loadCompose } from "../../src/compose/load.ts";
import { podOf } from "../../src/compose/pod.ts";
import { noMounts } from "../../src/compose/relative_mounts.ts";
import type { Conversion, ConversionSource } from "../../src/convert/conversion.ts";
import { withBoundImages } from "../../src/convert/bound_images.ts";
import { formatProblem, type Problem } from "../../src/pod/errors.ts";
import type { Digests } from "../../src/pod/pins.ts";
import { memoryFiles } from "../support/memory_files.ts";

/** A spec of a test, in `/pods/shop`; files stand beside it, or have absolute paths. */
export interface GivenSpec {
  readonly text: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly digests?: Digests;
}

/** The source of a conversion, as the command makes it. */
export async function sourceOf({ text, files = {}, digests }: GivenSpec): Promise<ConversionSource> {
  const directory = "/pods/shop";
  const all = Object.fromEntries(
    Object.entries({ ...files, "compose.yaml": text }).map(([path, content]) =>
      [path.startsWith("/") ? path : `${directory}/${path}`, content] as const
    ),
  );
  const loaded = await loadCompose({
    defaultName: "shop",
    workingDirectory: directory,
    environment: {},
    access: memoryFiles(all),
  });
  const readFile = (path: string) => {
    const content = all[path];
    return content === undefined ? undefined : new TextEncoder().encode(content);
  };
  const first = podOf({ project: loaded.project, readFile, forCluster: true });
  const project = digests === undefined
    ? loaded.project
    : withBoundImages(loaded.project, first.pod, digests);
  const { pod, offeredPorts } = podOf({ project, readFile, forCluster: true });
  return { project, pod, offeredPorts, readFile, outside: noMounts };
}

/** What a conversion loses, a line for each. */
export function lossesOf({ losses }: Pick<Conversion, "losses">): string[] {
  return lines(losses);
}

/** What it notes, a line for each. */
export function notesOf({ notes }: Pick<Conversion, "notes">): string[] {
  return lines(notes);
}

function lines(problems: readonly Problem[]): string[] {
  return problems.map(formatProblem);
}
