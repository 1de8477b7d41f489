import { type ComposeFiles, type FileKind, FileProblem } from "../../src/compose/files.ts";

/** Files by absolute path, for tests of what is pure. */
export function memoryFiles(files: Readonly<Record<string, string>>, standardInput?: string): ComposeFiles {
  const isDirectory = (path: string) =>
    Object.keys(files).some((file) => file.startsWith(`${path.replace(/\/$/, "")}/`));
  return {
    readText(path: string): string {
      const text = files[path];
      if (text !== undefined) return text;
      throw new FileProblem(isDirectory(path) ? "it is a directory" : "there is no such file");
    },
    readStandardInput(): string {
      if (standardInput === undefined) throw new FileProblem("nothing is given");
      return standardInput;
    },
    kind(path: string): FileKind {
      return files[path] !== undefined ? "file" : isDirectory(path) ? "directory" : "absent";
    },
    followLinks: (path: string) => path,
  };
}
