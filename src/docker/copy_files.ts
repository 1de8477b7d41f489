import { ExitCode } from "../pod/errors.ts";
import type { CopiedFile, Step } from "../plan/step.ts";
import type { StepTools } from "./apply.ts";
import { type Connection, segment } from "./connection.ts";
import type { ApplyContext } from "./engine.ts";
import { EngineError, refusedByEngine } from "./engine_error.ts";
import { type JsonObject, listOf, objectOf, textOf } from "./json.ts";
import { inspectRaw } from "./observe.ts";
import { idOrName } from "./references.ts";
import { writeTar } from "../images/tar.ts";
import { TimeBounds } from "./time_bounds.ts";

/**
 * Copies files into a container that was created and not started yet, with their owner and mode.
 *
 * The archive holds the files and no directories: the engine makes missing parents (root, 0755) and leaves the modes
 * of those that exist alone. `copyUIDGID` is never sent: despite its name it makes everything belong to the
 * container's user, while without it the numbers in the archive count.
 *
 * An engine refuses every archive into the root of a container whose root is read-only. There the files must lie on a
 * volume that the plan mounts writable, and are unpacked at the volume's mount point.
 *
 * @throws {EngineError} when a file of a container with a read-only root lies on no writable volume
 */
export async function copyFiles(
  step: Step<"copy-files">,
  tools: StepTools,
  context: ApplyContext,
): Promise<void> {
  if (step.files.length === 0) return;
  const id = idOrName(step.target, context.ids);
  const call = `copy files into container ${step.target.name}`;
  const put = async (directory: string, files: readonly CopiedFile[], accept: readonly number[]) =>
    await tools.connection.request({
      method: "PUT",
      path: `/containers/${segment(id)}/archive`,
      query: { path: directory },
      archive: archiveOf(directory, files),
      call,
      bound: TimeBounds.archive,
      accept,
      signal: context.signal,
    });
  const answer = await put("/", step.files, [400, 403, 500]);
  if (answer.status < 300) return;
  const said = textOf(objectOf(answer.body).message) || textOf(objectOf(answer.body).cause);
  if (!/read-only|readonly/i.test(said)) throw refusedByEngine(call, answer.status, said);
  const mountPoints = await writableVolumes(tools.connection, id, context.signal);
  for (const [directory, files] of groupByMount(step.files, mountPoints, call)) {
    await put(directory, files, []);
  }
}

function archiveOf(directory: string, files: readonly CopiedFile[]): Uint8Array<ArrayBuffer> {
  const above = directory.endsWith("/") ? directory : `${directory}/`;
  return writeTar(files.map((file) => ({
    name: normalise(file.path).slice(above.length),
    kind: "file",
    mode: file.mode,
    uid: file.uid,
    gid: file.gid,
    content: file.bytes,
  })));
}

/** An absolute path without doubled slashes and dots. */
function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

async function writableVolumes(connection: Connection, id: string, signal: AbortSignal): Promise<string[]> {
  const container: JsonObject = await inspectRaw(connection, id, signal) ?? {};
  return listOf(container.Mounts).map(objectOf)
    .filter((mount) => mount.Type === "volume" && mount.RW === true)
    .map((mount) => normalise(textOf(mount.Destination)));
}

/** Files by the innermost volume they lie on. */
export function groupByMount(
  files: readonly CopiedFile[],
  mountPoints: readonly string[],
  call: string,
): Map<string, CopiedFile[]> {
  const groups = new Map<string, CopiedFile[]>();
  for (const file of files) {
    const path = normalise(file.path);
    const mountPoint = mountPoints.filter((point) => point !== "/" && path.startsWith(`${point}/`))
      .reduce((longest, point) => point.length > longest.length ? point : longest, "");
    if (mountPoint === "") {
      throw new EngineError(
        `Cannot ${call}: its root is read-only and ${file.path} lies on no writable volume. ` +
          "Take the content from a file (file: in configs or secrets), or mount a volume there",
        ExitCode.failed,
        { reason: "refused", call },
      );
    }
    groups.set(mountPoint, [...groups.get(mountPoint) ?? [], file]);
  }
  return groups;
}
