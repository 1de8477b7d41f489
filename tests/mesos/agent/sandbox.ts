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

async function download(url: string, target: string): Promise<void> {
  const { ok, status, body } = await fetch(url);
  if (!ok || body === null) {
    await body?.cancel();
    throw new Error(`Cannot fetch ${url}: status ${status}`);
  }
  const file = await Deno.open(target, { create: true, write: true, truncate: true });
  await body.pipeTo(file.writable);
}

/**
 * Fetches files into a sandbox: copies, and unpacks archives unless they are to be executable or left alone.
 *
 * @throws when one is not there, or is no archive although its name says so
 */
export async function fetchInto(sandbox: string, uris: readonly CommandInfoURI[]): Promise<void> {
  for (const uri of uris) {
    const source = uri.value.replace(/^file:\/\//, "");
    const target = `${sandbox}/${uri.output_file ?? source.split("/").at(-1)}`;
    if (/^https?:/.test(source)) await download(source, target);
    else if (source.startsWith("/")) await Deno.copyFile(source, target);
    else throw new Error(`Cannot fetch ${uri.value}: neither a file of this machine nor HTTP`);
    if (uri.executable === true) await Deno.chmod(target, 0o755);
    else if (uri.extract !== false && /\.(tar|tgz|tar\.gz|tbz2|tar\.bz2|txz|tar\.xz)$/.test(source)) {
      const { success } = await new Deno.Command("tar", { args: ["-C", sandbox, "-xf", target] }).output();
      if (!success) throw new Error(`Cannot unpack ${target}`);
    }
  }
}
