import { ExitCode, MesoletError } from "../pod/errors.ts";

/**
 * Opens a regular file; a FIFO would hold up whoever opens it.
 *
 * @param within a directory that no link may lead out of; absent: links are followed to anywhere
 * @throws {MesoletError} when it is none, or a link leads out; errors of the system
 */
export async function openArchive(path: string, within?: string): Promise<Deno.FsFile> {
  const refuse = (why: string): never => {
    throw new MesoletError(why, ExitCode.noInput);
  };
  const real = await Deno.realPath(path);
  if (within !== undefined) {
    const root = await Deno.realPath(within);
    if (!real.startsWith(root === "/" ? root : `${root}/`)) {
      refuse(`it is a link that leads out of ${within}`);
    }
  }
  if (!(await Deno.lstat(real)).isFile) refuse("it is no file");
  return await Deno.open(real);
}
