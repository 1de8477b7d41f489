/**
 * Writes the generated part of docs/cli.md from the table of commands.
 *
 * ```sh
 * deno run -A scripts/cli_docs.ts           # writes it
 * deno run -A scripts/cli_docs.ts --check   # fails when it is not what it would write
 * ```
 */
import type { Command, Flags } from "../src/cli/command.ts";
import { visibleCommands } from "../src/cli/commands.ts";
import { globalFlags } from "../src/cli/global_flags.ts";
import { flagMeaning, flagSpelling, groupTitles, usageOf } from "../src/cli/help_text.ts";

const begin = "<!-- generated from src/cli/command_table by scripts/cli_docs.ts: begin -->";
const end = "<!-- generated: end -->";

/** The generated part: the flags of every command, then each command with its own. */
export function renderReference(commands: readonly Command[]): string {
  const sections = [
    "## Flags of every command",
    "They may stand before the command or after it. Where a command has a letter of its own (`logs -f`), that letter " +
    "means the command's flag after its name.",
    flagTable(globalFlags),
    "## Commands",
  ];
  for (const [group, title] of Object.entries(groupTitles)) {
    const members = commands.filter((command) => command.group === group);
    if (members.length === 0) continue;
    sections.push(`### ${title}`, ...members.flatMap(commandSection));
  }
  return sections.join("\n\n") + "\n";
}

function commandSection(command: Command): string[] {
  const parts = [`#### ${command.name}`, `${command.summary}.`, "```\n" + usageOf(command) + "\n```"];
  parts.push(...command.description ?? []);
  if (Object.values(command.flags).some((flag) => flag.hidden !== true)) parts.push(flagTable(command.flags));
  if (command.examples.length > 0) {
    const lines = command.examples.map(({ line, summary }) => `# ${summary}\n${line}`);
    parts.push("```sh\n" + lines.join("\n") + "\n```");
  }
  return parts;
}

function flagTable(flags: Flags): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => flag.hidden !== true)
    .map(([key, flag]) => `| \`${flagSpelling(key, flag)}\` | ${flagMeaning(flag).replaceAll("|", "\\|")} |`);
  return ["| flag | meaning |", "| --- | --- |", ...rows].join("\n");
}

/**
 * The document with its generated part made anew; what people wrote around it stays.
 *
 * @throws {Error} when the marks are missing
 */
export function withReference(document: string, reference: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Cannot find the marks "${begin}" and "${end}" in docs/cli.md`);
  return `${document.slice(0, from)}${begin}\n\n${reference}\n${document.slice(to)}`;
}

/** The document as `deno fmt` has it: tables aligned, lines broken. */
export async function formatted(markdown: string): Promise<string> {
  const configuration = new URL("../deno.json", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--config", configuration, "--ext", "md", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(markdown));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("Cannot format docs/cli.md: deno fmt failed");
  return new TextDecoder().decode(stdout);
}

/** Where the document is. */
export const documentPath: URL = new URL("../docs/cli.md", import.meta.url);

if (import.meta.main) {
  const before = await Deno.readTextFile(documentPath);
  const after = await formatted(withReference(before, renderReference(visibleCommands())));
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(documentPath, after);
  else if (before !== after) throw new Error("docs/cli.md is not up to date: run scripts/cli_docs.ts");
}
