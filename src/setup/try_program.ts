import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";

/** Milliseconds that a program may take for its version: it may have to unpack itself. */
const bound = 60_000;

/**
 * Sees to it that a program runs from where it is: one for another machine, or without room to unpack itself, replaces
 * none that runs.
 *
 * @param version what it has to say that it is
 * @throws {MesoletError} 71 with what it says
 */
export async function tryProgram(
  path: string,
  version: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  let said: string;
  try {
    const { success, stdout, stderr } = await new Deno.Command(path, {
      args: ["version", "--short"],
      clearEnv: true,
      env: { ...variables },
      stdin: "null",
      signal: AbortSignal.timeout(bound),
    }).output();
    const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
    if (success && out === version) return;
    said = error || out || "it says nothing";
  } catch (error) {
    said = messageOf(error);
  }
  throw new MesoletError(
    `The program does not run from where it is to be: ${said.split("\n").join("; ")}`,
    ExitCode.osError,
  );
}
