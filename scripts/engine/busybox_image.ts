import { readJsonLines } from "../../src/docker/json_lines.ts";
import { isObject, textOf } from "../../src/docker/json.ts";
import { type TarEntry, writeTar } from "../../src/images/tar.ts";
import type { Connection } from "../../src/docker/connection.ts";
import { TimeBounds } from "../../src/docker/time_bounds.ts";
import { installPackages, run } from "./host_command.ts";

/** The image that tests run: from Debian's busybox-static, so that no registry is needed. */
export const busyboxImage = "busybox:latest";

/** Makes the `busybox` image on an engine: the program, a link for each of its commands, a user table, `/tmp`. */
export async function importBusybox(connection: Connection): Promise<void> {
  await installPackages({ busybox: "busybox-static" });
  const program = await Deno.readFile("/bin/busybox");
  const commands = (await run("/bin/busybox", "--list")).split("\n")
    .filter((name) => name !== "" && name !== "busybox");
  const owner = { uid: 0, gid: 0 };
  const directory = (name: string, mode: number): TarEntry => ({ name, kind: "directory", mode, ...owner });
  const file = (name: string, mode: number, text: string): TarEntry => ({
    name,
    kind: "file",
    mode,
    content: new TextEncoder().encode(text),
    ...owner,
  });
  const archive = writeTar([
    directory("bin", 0o755),
    { name: "bin/busybox", kind: "file", mode: 0o755, content: program, ...owner },
    ...commands.map((name): TarEntry => ({
      name: `bin/${name}`,
      kind: "symlink",
      mode: 0o777,
      linkTarget: "busybox",
      ...owner,
    })),
    directory("etc", 0o755),
    file("etc/passwd", 0o644, "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"),
    file("etc/group", 0o644, "root:x:0:\nnogroup:x:65534:\n"),
    directory("root", 0o700),
    directory("tmp", 0o1777),
    directory("var", 0o755),
  ]);
  const [repo, tag] = busyboxImage.split(":");
  const chunks = await connection.stream({
    method: "POST",
    path: "/images/create",
    query: { fromSrc: "-", repo, tag, changes: 'CMD ["sh"]' },
    archive,
    headers: { "Content-Type": "application/x-tar" },
    call: "import the busybox image",
    bound: TimeBounds.load,
  });
  for await (const line of readJsonLines(chunks)) {
    const said = isObject(line) ? textOf(line.error) : "";
    if (said !== "") throw new Error(`Cannot import the busybox image: ${said}`);
  }
}
