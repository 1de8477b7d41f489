/** The largest resident size that a program reached, in MiB, as the kernel counted it. */
export async function peakMemory(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  // The shell passes its child's high-water mark on: the program itself is gone when it could be asked.
  const script = [
    "import resource, subprocess, sys",
    "code = subprocess.call(sys.argv[1:])",
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)",
    "sys.exit(code)",
  ].join("\n");
  const { stdout, success, stderr } = await new Deno.Command("python3", {
    args: ["-c", script, program, ...args],
    cwd,
    env: { ...env },
    stdin: "null",
  }).output();
  if (!success) throw new Error(`${program} failed:\n${new TextDecoder().decode(stderr)}`);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return Number(lines.at(-1)) / 1024;
}
