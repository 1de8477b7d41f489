/** What the tests of directories share: a real one, and what is read of it. */

import { SpecReader } from "../../src/operator/load_spec.ts";
import { scanDirectory } from "../../src/operator/scan_directory.ts";
import { FilesLook, hostSpecFiles, type SpecFiles } from "../../src/operator/spec_files.ts";
import { isGood, type LoadedSpec, type SpecScan } from "../../src/operator/spec_source.ts";
import type { Plugins } from "../../src/plugins/plugins.ts";
import type { Policies } from "../../src/policy/policies.ts";
import { formatProblem } from "../../src/pod/errors.ts";

/** A directory on the real file system. */
export interface TestDirectory {
  readonly path: string;
  /** Writes a file, and the directories that it is in. */
  write(name: string, text: string): void;
  /** Writes a file beside and renames it into place, as careful programs do. */
  replace(name: string, text: string): void;
}

/** Runs a test with a directory that is removed after it. */
export async function withDirectory(test: (directory: TestDirectory) => Promise<void> | void): Promise<void> {
  const root = Deno.makeTempDirSync({ prefix: "mesolet-specs-" });
  const path = `${root}/pods`;
  Deno.mkdirSync(path);
  const write = (name: string, text: string) => {
    Deno.mkdirSync(`${path}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(`${path}/${name}`, text);
  };
  try {
    await test({
      path,
      write,
      replace(name, text) {
        write(`${name}.tmp`, text);
        Deno.renameSync(`${path}/${name}.tmp`, `${path}/${name}`);
      },
    });
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

/** A spec of one container. */
export function spec(fields: { readonly name?: string; readonly image?: string } = {}): string {
  const name = fields.name === undefined ? "" : `name: ${fields.name}\n`;
  return `${name}services:\n  main:\n    image: ${fields.image ?? "busybox"}\n`;
}

/** The host's files, and how often texts were read and paths looked at. */
export class CountedFiles implements SpecFiles {
  /** Names of the files whose text was read, in order. */
  readonly reads: string[] = [];
  readonly readBytes = hostSpecFiles.readBytes;
  readonly readStandardInput = hostSpecFiles.readStandardInput;
  readonly kind = hostSpecFiles.kind;
  readonly followLinks = hostSpecFiles.followLinks;
  readonly list = hostSpecFiles.list;
  readonly stat = hostSpecFiles.stat;

  readText(path: string): string {
    this.reads.push(path.slice(path.lastIndexOf("/") + 1));
    return hostSpecFiles.readText(path);
  }
}

/**
 * Reads of files that were written a moment ago: as an operator does after the quiet period, when their time stamps are
 * old enough to tell the next change.
 */
export const lateClock = { now: () => Date.now() + 60_000 };

/** A reader of specs, with what it reads. */
export function readerOf(
  directory: string,
  options: {
    readonly environment?: Record<string, string>;
    readonly files?: SpecFiles;
    readonly forCluster?: boolean;
    readonly plugins?: Plugins;
    readonly policies?: Policies;
  } = {},
): {
  readonly reader: SpecReader;
  readonly files: SpecFiles;
  scan(): SpecScan;
  /** Names of the specs whose version is another one than when they were read. */
  changed(): string[];
  read(name: string): Promise<LoadedSpec>;
} {
  const files = options.files ?? hostSpecFiles;
  const { files: _files, ...rest } = options;
  const reader = new SpecReader({ environment: {}, ...rest, files, clock: lateClock });
  const versions = new Map<string, string>();
  const scan = () => scanDirectory(directory, new FilesLook(files), (key) => reader.partsOf(key));
  return {
    reader,
    files,
    scan,
    changed: () =>
      scan().specs.filter(({ key, version }) => versions.get(key) !== version).map(({ key }) =>
        key.slice(directory.length + 1)
      ),
    async read(name) {
      const loaded = await reader.read(`${directory}/${name}`, directory);
      versions.set(loaded.key, loaded.version);
      return loaded;
    },
  };
}

/** What became of a spec, in a line: its pod's name and images, or its first problem below the directory. */
export function outcome(loaded: LoadedSpec, directory: string): string {
  if (isGood(loaded)) {
    return `${loaded.pod.name}: ${loaded.pod.containers.map(({ image }) => image).join()}`;
  }
  const [problem] = loaded.problems.filter(({ severity }) => severity === "error");
  return problem === undefined ? "no problem" : formatProblem(problem).replaceAll(`${directory}/`, "");
}
