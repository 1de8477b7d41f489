import { SandboxFileError } from "./rotated_file.ts";

/**
 * Writes a file whole: readers see the old or the new one. What is at the path is replaced, whatever it is; nothing is
 * written through a link that a container has put there.
 *
 * @throws {SandboxFileError}
 */
export async function replaceFile(path: string, text: string, mode = 0o644): Promise<void> {
  const passing = `${path}.new`;
  try {
    try {
      await Deno.remove(passing);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    const file = await Deno.open(passing, { write: true, createNew: true, mode });
    try {
      const bytes = new TextEncoder().encode(text);
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
    } finally {
      file.close();
    }
    // The mode at opening is cut by the umask of the agent.
    await Deno.chmod(passing, mode);
    await Deno.rename(passing, path);
  } catch (error) {
    throw new SandboxFileError(path, error);
  }
}
