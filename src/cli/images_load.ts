import { ExitCode, messageOf } from "../pod/errors.ts";
import { loadOne, wordsFor } from "./archive_directory.ts";
import { archivesAt } from "./archive_paths.ts";
import { archiveJson, type ArchiveReport } from "./archive_rows.ts";
import { withEngine } from "./engine_session.ts";
import { warningLine } from "./error_report.ts";
import type { ImagesInvocation } from "./images.ts";
import { withoutControls } from "./text_width.ts";
import { waitEngineOf } from "./wait_engine_flag.ts";

/** `mesolet images load`: verifies archives, and loads what the engine does not have yet. */
export async function loadArchives(
  { globals, values, context }: ImagesInvocation,
  paths: readonly string[],
): Promise<number> {
  const { out, error, errorStyle, workingDirectory, interrupts } = context;
  const wait = waitEngineOf(values.waitEngine);
  const archives = await archivesAt(paths, workingDirectory);
  const isJson = values.format === "json";
  const warn = (text: string) => error.write(`${warningLine(text, errorStyle)}\n`);
  return await withEngine(globals, context, async (engine) => {
    const reports: ArchiveReport[] = [];
    for (const archive of archives) {
      const loaded = await loadOne(archive, engine, interrupts.graceful);
      if ("problem" in loaded) {
        reports.push({ archive, problem: loaded.problem });
        warn(`${archive.title} is not loaded: ${loaded.problem}`);
        continue;
      }
      reports.push({ archive, outcome: loaded.outcome });
      if (!isJson && !globals.quiet) {
        out.write(`${withoutControls(`${archive.title}: ${wordsFor(loaded)}`)}\n`);
      }
      if (!values.removeArchives) continue;
      try {
        await Deno.remove(archive.path);
      } catch (failure) {
        warn(`${archive.title} is loaded, and cannot be removed: ${messageOf(failure)}`);
      }
    }
    if (isJson) out.write(`${JSON.stringify(reports.map(archiveJson), null, 2)}\n`);
    return reports.some(({ problem }) => problem !== undefined) ? ExitCode.data : ExitCode.ok;
  }, wait);
}
