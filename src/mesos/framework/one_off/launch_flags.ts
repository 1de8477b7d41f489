/** What a person asks for who launches one thing, as flags of a command line. */
export interface LaunchFlags {
  readonly cpus: string | undefined;
  readonly memory: string | undefined;
  readonly disk: string | undefined;
  readonly gpus: string | undefined;
  readonly ports: readonly string[];
  readonly env: readonly string[];
  readonly envFile: readonly string[];
  readonly volume: readonly string[];
  readonly uri: readonly string[];
  readonly dockerArg: readonly string[];
  readonly entrypoint: string | undefined;
  readonly workdir: string | undefined;
  readonly user: string | undefined;
  readonly label: readonly string[];
  readonly pull: "always" | "missing" | "never" | undefined;
}

/** What one container has when nothing is said. */
export const usualResources = { cpus: "1", memory: "512m" } as const;
