/**
 * The commit that the files of a directory are of, with `-dirty` behind it when what the program is made from differs
 * from it; `unknown` where there is no history.
 */
export async function commitOf(directory: string): Promise<string> {
  const commit = await git(directory, "rev-parse", "HEAD");
  if (commit === undefined) return "unknown";
  const made = ["src", "proto", "vendor", "scripts/build", "scripts/bundle.ts", "deno.json", "deno.lock"];
  const changes = await git(directory, "status", "--porcelain", "--", ...made);
  return changes === "" ? commit : `${commit}-dirty`;
}

async function git(directory: string, ...words: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      // A checkout of somebody else, as in a container, is no reason not to say what it is.
      args: ["-c", `safe.directory=${directory.replace(/\/$/, "")}`, "-C", directory, ...words],
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}
