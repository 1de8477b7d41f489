import { verifyImageArchive } from "../images/image_archive.ts";
import { type BundleArchive, isOfSystem } from "../images/bundle.ts";
import { openArchive } from "../images/open_archive.ts";
import { ExitCode, MesoletError, messageOf } from "../pod/errors.ts";
import { archivesAt } from "./archive_paths.ts";
import { archiveJson, type ArchiveReport, archiveTable } from "./archive_rows.ts";
import { warningLine } from "./error_report.ts";
import type { ImagesInvocation } from "./images.ts";
import { withoutControls } from "./text_width.ts";

/** `mesolet images ls` and `verify`: no engine is asked. */
export async function listArchives(
  { values, context }: ImagesInvocation,
  paths: readonly string[],
  verifies: boolean,
): Promise<number> {
  const { out, error, errorStyle, terminal, workingDirectory, interrupts } = context;
  const reports: ArchiveReport[] = [];
  for (const archive of await archivesAt(paths, workingDirectory)) {
    const problem = await problemOf(archive, verifies, interrupts.graceful);
    const report = {
      archive,
      ...(problem === undefined ? (verifies ? { outcome: "ok" } : {}) : { problem }),
    };
    reports.push(report);
    if (verifies && values.format !== "json" && problem === undefined) {
      out.write(`${withoutControls(archive.title)}: ok${countOf(archive)}\n`);
    }
  }
  if (values.format === "json") out.write(`${JSON.stringify(reports.map(archiveJson), null, 2)}\n`);
  else if (!verifies) {
    const width = terminal.outIsTerminal ? terminal.size().columns : undefined;
    out.write(`${archiveTable(reports, width).join("\n")}\n`);
  }
  for (const { archive, problem } of reports) {
    if (problem !== undefined) error.write(`${warningLine(`${archive.title}: ${problem}`, errorStyle)}\n`);
  }
  return reports.some(({ problem }) => problem !== undefined) ? ExitCode.data : ExitCode.ok;
}

function countOf({ content }: BundleArchive): string {
  if (!("images" in content)) return "";
  return content.images.length === 1 ? ", 1 image" : `, ${content.images.length} images`;
}

async function problemOf(
  { content, path, within }: BundleArchive,
  verifies: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  if ("problem" in content) return content.problem;
  if (content.kind === "unread") {
    return `it is packed by ${content.packing}, which only some engines unpack: nothing of it is known; pack it by gzip or zstd`;
  }
  if (!verifies) return undefined;
  try {
    using file = await openArchive(path, within);
    await verifyImageArchive(file, content, { signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MesoletError || isOfSystem(error)) return messageOf(error);
    throw error;
  }
}
