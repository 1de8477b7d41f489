import { denoFiles } from "../compose/deno_files.ts";
import { FileProblem } from "../compose/files.ts";
import { joinPath } from "../compose/paths.ts";
import { ExitCode, SpecError } from "../pod/errors.ts";

/**
 * Refuses an environment file that was asked for and cannot be read, whether or not the command needs it: who names a
 * file means that one.
 *
 * @throws {SpecError} 66
 */
export function checkEnvironmentFiles(files: readonly string[], workingDirectory: string): void {
  for (const file of files) {
    const path = joinPath(workingDirectory, file);
    try {
      denoFiles.readText(path);
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error;
      const message = `the environment file ${path} cannot be read: ${error.message}`;
      throw new SpecError([{ severity: "error", path: "", message }], ExitCode.noInput, { cause: error });
    }
  }
}
