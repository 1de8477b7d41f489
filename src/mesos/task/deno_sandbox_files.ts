import { denoFiles, readSmallFile } from "../../compose/deno_files.ts";
import type { SandboxFiles } from "./sandbox_files.ts";

/** The file system of this host, for tasks. */
export const denoSandboxFiles: SandboxFiles = {
  ...denoFiles,
  list(directory) {
    try {
      return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    } catch {
      // The caller says what it looked for; a directory that cannot be read holds nothing of it.
      return [];
    }
  },
  readBytes: readSmallFile,
};
