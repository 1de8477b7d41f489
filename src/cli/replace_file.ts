import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";

/**
 * Writes a file anew, all of it or nothing: whoever reads it meanwhile has the old text or the new one. Its mode and its
 * owner stay; where its path is a link, the file that it leads to is written.
 *
 * @param before what it was read as: one that has been changed since is left as it is
 * @throws {MesoletError} 73 when it cannot be written, 75 when it has been changed
 */
export async function replaceFile(path: string, before: string, after: string): Promise<void> {
  const refuse = (why: string, exitCode: number, cause?: unknown): never => {
    throw new MesoletError(`Cannot write ${path}: ${why}`, exitCode, { cause });
  };
  let beside: string | undefined;
  try {
    const target = await Deno.realPath(path);
    const { mode, uid, gid } = await Deno.stat(target);
    beside = `${target}.${crypto.randomUUID().slice(0, 8)}.new`;
    const file = await Deno.open(beside, { write: true, createNew: true, mode: 0o600 });
    try {
      const bytes = new TextEncoder().encode(after);
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.sync();
    } finally {
      file.close();
    }
    const own = await Deno.stat(beside);
    if (uid !== null && gid !== null && (own.uid !== uid || own.gid !== gid)) {
      await Deno.chown(beside, uid, gid);
    }
    if (mode !== null) await Deno.chmod(beside, mode & 0o7777);
    const now = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await Deno.readFile(target));
    if (now !== before) refuse("somebody has changed it meanwhile. Try again", ExitCode.temporary);
    await Deno.rename(beside, target);
    beside = undefined;
  } catch (cause) {
    if (cause instanceof MesoletError) throw cause;
    refuse(messageOf(cause), ExitCode.cannotCreate, cause);
  } finally {
    if (beside !== undefined) await Deno.remove(beside).catch(() => {});
  }
}
