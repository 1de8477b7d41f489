import type { CommandInfoURI } from "../../../src/mesos/wire/messages.ts";

/** Where the sandbox of a container is, below an agent's work directory. */
export function sandboxPath(
  workDirectory: string,
  ids: {
    readonly agent: string;
    readonly framework: string;
    readonly executor: string;
    readonly container: string;
  },
): string {
  const { agent, framework, executor, container } = ids;
  return `${workDirectory}/slaves/${agent}/frameworks/${framework}/executors/${executor}/runs/${container}`;
}

/**
 * Fetches files into a sandbox: copies, and unpacks archives unless they are to be executable or left alone.
 *
 * @throws when one is not there, or is no archive although its name says so
 */
export async function fetchInto(sandbox: string, uris: readonly CommandInfoURI[]): Promise<void> {
  for (const uri of uris) {
    const source = uri.value.replace(/^file:\/\//, "");
    if (!source.startsWith("/")) throw new Error(`Cannot fetch ${uri.value}: only files of this machine`);
    const target = `${sandbox}/${uri.output_file ?? source.split("/").at(-1)}`;
    await Deno.copyFile(source, target);
    if (uri.executable === true) await Deno.chmod(target, 0o755);
    else if (uri.extract !== false && /\.(tar|tgz|tar\.gz|tbz2|tar\.bz2|txz|tar\.xz)$/.test(source)) {
      const { success } = await new Deno.Command("tar", { args: ["-C", sandbox, "-xf", target] }).output();
      if (!success) throw new Error(`Cannot unpack ${target}`);
    }
  }
}
