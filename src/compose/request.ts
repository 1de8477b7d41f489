/** What is asked of the loader, and what it gives. */

import type { Problem, SourcePosition } from "../pod/errors.ts";
import type { ComposeFiles } from "./files.ts";
import type { ComposeProject } from "./model.ts";
import type { Mapping } from "./tree.ts";

/** What to load, and all that the loader may know of its surroundings. */
export interface ComposeRequest {
  /** Compose files in merge order, `-` for standard input; none means COMPOSE_FILE, then the default names. */
  readonly files?: readonly string[];
  /** The name given with `-p`. */
  readonly projectName?: string;
  /** The name of a project that nothing else names; absent: that of its directory. */
  readonly defaultName?: string;
  /** Whether files of default names are searched in the directories above as well; absent: they are. */
  readonly searchAbove?: boolean;
  /** The profiles given with `--profile`; none means COMPOSE_PROFILES. */
  readonly profiles?: readonly string[];
  /** The files given with `--env-file`; none means COMPOSE_ENV_FILES, then `.env`. */
  readonly environmentFiles?: readonly string[];
  /** The directory given with `--project-directory`. */
  readonly projectDirectory?: string;
  /** The variables of the shell. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path that relative names on the command line start from. */
  readonly workingDirectory: string;
  readonly access: ComposeFiles;
  /**
   * What else makes a project unusable for the caller. The loader asks only when it found errors itself, so that a
   * person sees all of them at once; what is wrong is missing in the project then.
   */
  readonly furtherErrors?: (project: ComposeProject) => readonly Problem[];
  /** Parts of the work that `config` can leave out. */
  readonly skip?: SkippedSteps;
}

/** Steps that are left out; for `config` alone. */
export interface SkippedSteps {
  readonly interpolation?: boolean;
  readonly normalisation?: boolean;
  readonly pathResolution?: boolean;
  readonly consistency?: boolean;
  /** Leaves env_file and label_file as they stand. */
  readonly environmentResolution?: boolean;
}

/** What came of a request. */
export interface ComposeResult {
  readonly project: ComposeProject;
  /** The merged tree that the project was made of; `config --no-interpolate` prints it. */
  readonly tree: Mapping;
  /** In the order in which they were found, with no more position than the file: {@linkcode locate} gives them one. */
  readonly warnings: readonly Problem[];
  /**
   * Gives the place of a field of the merged model, such as `services.web.hostname`, or of what is nearest around it.
   * Works only when asked: the first call parses the files again, with positions.
   */
  positionOf(path: string): Promise<SourcePosition | undefined>;
  /** Gives problems that name a field the position of that field; those that have a line already keep it. */
  locate(problems: readonly Problem[]): Promise<Problem[]>;
}
