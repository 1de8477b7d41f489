import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";

/** Where the paths of a host are: `/`, or the directory that holds the files of another one, such as an image. */
export type Root = string;

/** The path of this machine that a path of the host is at. */
export function onThisMachine(root: Root, path: string): string {
  return root === "/" ? path : `${root}${path}`;
}

/** An error of the file system, in words that say what cannot be done. */
export function fileError(doing: string, error: unknown): MesoletError {
  if (error instanceof MesoletError) return error;
  const exitCode = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable
    ? ExitCode.permission
    : ExitCode.cannotCreate;
  const text = messageOf(error).replace(/ \(os error \d+\).*$/s, "");
  return new MesoletError(`Cannot ${doing}: ${text}`, exitCode, { cause: error });
}

/** SHA-256 of the bytes of a file, as 64 hexadecimal digits. */
export async function fileDigest(path: string): Promise<string> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  const piece = new Uint8Array(1 << 20);
  for (;;) {
    const count = await file.read(piece);
    if (count === null) return hash.digest("hex");
    hash.update(piece.subarray(0, count));
  }
}
