import { denoFiles } from "../compose/deno_files.ts";
import type { ComposeRequest } from "../compose/request.ts";
import type { CommandContext } from "./context.ts";
import type { GlobalValues } from "./global_flags.ts";

/** What the global flags and the surroundings ask the Compose loader for. */
export function composeRequestOf(
  globals: Pick<GlobalValues, "file" | "projectName" | "profile" | "envFile" | "projectDirectory">,
  context: Pick<CommandContext, "variables" | "workingDirectory">,
): ComposeRequest {
  return {
    files: globals.file,
    profiles: globals.profile,
    environmentFiles: globals.envFile,
    ...(globals.projectName === undefined ? {} : { projectName: globals.projectName }),
    ...(globals.projectDirectory === undefined ? {} : { projectDirectory: globals.projectDirectory }),
    environment: context.variables,
    workingDirectory: context.workingDirectory,
    access: denoFiles,
  };
}
