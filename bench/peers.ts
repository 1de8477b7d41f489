/** How Docker Compose v2 or later is called here. */
export interface Compose {
  readonly program: string;
  readonly words: readonly string[];
  readonly version: string;
}

/** Looks for Docker Compose of version 2 or later, as plug-in or as a program. */
export async function findCompose(env: Readonly<Record<string, string>>): Promise<Compose | undefined> {
  for (const [program, words] of [["docker", ["compose"]], ["docker-compose", []]] as const) {
    try {
      const { success, stdout } = await new Deno.Command(program, {
        args: [...words, "version", "--short"],
        env: { ...env },
        stderr: "null",
      }).output();
      const version = new TextDecoder().decode(stdout).trim().replace(/^v/, "");
      if (success && Number(version.split(".")[0]) >= 2) return { program, words, version };
    } catch {
      // Not installed.
    }
  }
  return undefined;
}
