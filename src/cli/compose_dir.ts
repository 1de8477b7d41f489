import { resolve } from "node:path/posix";
import { defaultFilesIn, defaultNames } from "../compose/project_setup.ts";
import { denoFiles } from "../compose/deno_files.ts";
import { ExitCode, MesoletError, UsageError } from "../pod/errors.ts";
import { hostPathsOf, withHostPaths } from "../pod/host_paths.ts";
import type { Pod } from "../pod/model.ts";
import { type ArchiveStory, loadArchiveDirectory, withoutPulls } from "./archive_directory.ts";
import type { Commands } from "./commands.ts";
import type { CommandContext, Invocation } from "./context.ts";
import { warningLine } from "./error_report.ts";
import type { GlobalValues } from "./global_flags.ts";
import { hostPathsBelow, surroundingsOfContainer } from "./host_directory.ts";
import { PodFiles } from "./pod_spec.ts";
import { withoutControls } from "./text_width.ts";
import { runUp } from "./up.ts";
import { waitForEngine } from "./wait_for_engine.ts";

type ComposeDirInvocation = Invocation<Commands["compose-dir"]["flags"]>;

/** `mesolet compose-dir`: waits for the engine, loads archives of images, and runs the pod of a directory. */
export async function run(invocation: ComposeDirInvocation): Promise<number> {
  const { globals, values, positionals } = invocation;
  const { hostDirectory } = values;
  if (hostDirectory !== undefined && !hostDirectory.startsWith("/")) {
    throw new UsageError(
      `--host-directory takes an absolute path of the engine's host, not "${hostDirectory}"`,
    );
  }
  const directory = resolve(invocation.context.workingDirectory, positionals[0] ?? ".");
  const context = { ...invocation.context, workingDirectory: directory };
  checkDirectory(directory, globals, context);
  // What is wrong with the spec is told before anything is waited for.
  const { pod } = await new PodFiles({ ...globals, quiet: true }, context).pod();
  const { adapt } = await prepare(directory, pod, { ...invocation, context });
  const { detach, pull, removeOrphans, timeout, noColor, noLogPrefix, timestamps } = values;
  return await runUp({
    globals,
    values: {
      detach,
      removeOrphans,
      timeout,
      noColor,
      noLogPrefix,
      timestamps,
      pull,
      images: undefined,
      removeArchives: false,
      waitEngine: undefined,
      pin: false,
      wait: false,
      waitTimeout: undefined,
      noStart: false,
      forceRecreate: false,
      noRecreate: false,
      scale: [],
      noDeps: false,
      renewAnonVolumes: false,
      abortOnContainerExit: false,
      exitCodeFrom: undefined,
    },
    positionals: [],
    context,
  }, { adapt, archives: false });
}

function checkDirectory(directory: string, globals: GlobalValues, context: CommandContext): void {
  const kind = denoFiles.kind(directory);
  if (kind !== "directory") {
    throw new MesoletError(
      `Cannot run the pod of ${directory}: ${
        kind === "absent" ? "there is no such directory" : "it is no directory"
      }. Mount one there, or name another`,
      ExitCode.noInput,
    );
  }
  const isNamed = globals.file.length > 0 || (context.variables["COMPOSE_FILE"] ?? "") !== "" ||
    denoFiles.kind(`${directory}/.env`) === "file";
  // Directories above are somebody else's.
  if (!isNamed && defaultFilesIn(directory, denoFiles).files.length === 0) {
    throw new MesoletError(
      `Cannot run the pod of ${directory}: none of ${defaultNames.join(", ")} is in it`,
      ExitCode.noInput,
    );
  }
}

interface Prepared {
  readonly adapt: (pod: Pod) => Pod;
}

/** Waits for the engine, sees to it that it has the images of the archives, and finds out what it needs to know. */
async function prepare(directory: string, pod: Pod, invocation: ComposeDirInvocation): Promise<Prepared> {
  const { globals, values, context } = invocation;
  const signal = context.interrupts.graceful;
  const story = storyOf(globals, context);
  const engine = await waitForEngine(
    { host: globals.host, context: globals.context, environment: context.variables },
    {
      clock: context.clock,
      signal,
      timeout: values.engineTimeout,
      onWait: (reason) => story.note(`waiting for the engine: ${reason}`),
    },
  );
  try {
    const covered = await loadArchiveDirectory(directory, engine, story, signal);
    const hostPathOf = await hostPathsBelow(
      directory,
      values.hostDirectory,
      engine,
      surroundingsOfContainer(context.variables),
      signal,
    );
    const unknown = hostPathsOf(pod).filter((path) => hostPathOf(path) === undefined);
    if (values.hostDirectory === undefined && unknown.length > 0) {
      story.warn(
        `this runs in a container, and the engine looks for ${unknown.join(", ")} on its own host: mount ` +
          `${directory} from the same path there, or say where it is with --host-directory`,
      );
    }
    return {
      adapt: (pod) => withHostPaths(withoutPulls(pod, covered), hostPathOf),
    };
  } finally {
    engine.close();
  }
}

function storyOf({ quiet }: GlobalValues, { error, errorStyle }: CommandContext): ArchiveStory {
  return {
    note: (text) => {
      // Names of files and images are anybody's.
      if (!quiet) error.write(`${errorStyle.bold(withoutControls(text).replaceAll("\n", " "))}\n`);
    },
    warn: (text) => {
      if (!quiet) error.write(`${warningLine(text, errorStyle)}\n`);
    },
  };
}
