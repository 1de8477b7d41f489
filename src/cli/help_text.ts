import {
  type Command,
  type CommandGroup,
  type Flag,
  flagName,
  type Flags,
  type Positional,
} from "./command.ts";
import { globalFlags } from "./global_flags.ts";
import type { Style } from "./style.ts";
import { padTo, textWidth, wrapTo } from "./text_width.ts";

/** Headings of the list of commands, in order. */
export const groupTitles: Readonly<Record<CommandGroup, string>> = {
  Run: "Run pods",
  Look: "Look at pods",
  Prepare: "Prepare",
  Mesos: "On a Mesos cluster",
  Help: "Help",
};

/** What `mesolet help` prints. */
export function generalHelp(commands: readonly Command[], style: Style, width: number): string {
  const lines = [
    "mesolet runs pods: groups of Docker containers that are placed, started, watched and stopped as one.",
    "",
    `${style.bold("Usage:")} mesolet [FLAGS] COMMAND [FLAGS] [ARGUMENTS]`,
  ];
  for (const [group, title] of Object.entries(groupTitles)) {
    const members = commands.filter((command) => command.group === group);
    if (members.length === 0) continue;
    lines.push("", style.bold(`${title}:`));
    lines.push(...pairs(members.map((command) => [style.cyan(command.name), command.summary]), width, 13));
  }
  lines.push("", style.bold("Flags of every command:"), ...flagLines(globalFlags, style, width));
  lines.push(
    "",
    ...wrapTo(
      "To begin: mesolet doctor says whether pods can run here, mesolet plan what up would do, and mesolet up runs the " +
        "Compose file of this directory. mesolet help COMMAND tells more of one, with examples.",
      width,
    ),
    "",
    ...wrapTo(
      "Exit codes: 0 done, 1 the pod or an operation on it failed, 64 the command line is wrong, 65 a spec is wrong, 69 the " +
        "engine does not answer, 77 permission denied; docs/cli.md has them all.",
      width,
    ),
  );
  return lines.join("\n") + "\n";
}

/** What `mesolet help COMMAND` prints. */
export function commandHelp(command: Command, style: Style, width: number): string {
  const lines = [`${command.summary}.`, "", `${style.bold("Usage:")} ${usageOf(command)}`];
  for (const paragraph of command.description ?? []) lines.push("", ...wrapTo(paragraph, width));
  if (Object.keys(command.flags).length > 0) {
    lines.push("", style.bold("Flags:"), ...flagLines(command.flags, style, width));
  }
  if (command.examples.length > 0) {
    lines.push("", style.bold("Examples:"));
    for (const example of command.examples) {
      lines.push(`  ${style.dim(`# ${example.summary}`)}`, `  ${style.cyan(example.line)}`);
    }
  }
  lines.push("", "Flags of every command: see mesolet help.");
  return lines.join("\n") + "\n";
}

/** `mesolet up [FLAGS] [SERVICE…]`. */
export function usageOf(command: Command): string {
  const parts = ["mesolet", command.name];
  if (Object.keys(command.flags).length > 0) parts.push("[FLAGS]");
  parts.push(...command.positionals.map(positionalText));
  return parts.join(" ");
}

function positionalText(positional: Positional): string {
  const name = positional.choices === undefined ? positional.name : positional.choices.join("|");
  const repeated = positional.repeated ? `${name}…` : name;
  return positional.required ? repeated : `[${repeated}]`;
}

/** `-n, --tail LINES`. */
export function flagSpelling(key: string, flag: Flag): string {
  const long = `--${flagName(key, flag)}${flag.kind === "boolean" ? "" : ` ${flag.placeholder}`}`;
  return flag.short === undefined ? long : `-${flag.short}, ${long}`;
}

/** The summary of a flag with its choices, its variable and what happens without it. */
export function flagMeaning(flag: Flag): string {
  const notes: string[] = [];
  if (flag.kind === "text" && flag.choices !== undefined) {
    const words = flag.choices.join("|");
    // What is longer has to be broken somewhere.
    notes.push(words.length <= 40 ? words : flag.choices.join(", "));
  }
  if ((flag.kind === "text" || flag.kind === "integer") && flag.variable !== undefined) {
    notes.push(`variable ${flag.variable}`);
  }
  if ((flag.kind === "text" || flag.kind === "integer") && flag.otherwise !== undefined) {
    notes.push(`without it: ${flag.otherwise}`);
  }
  return notes.length === 0 ? flag.summary : `${flag.summary} (${notes.join("; ")})`;
}

function flagLines(flags: Flags, style: Style, width: number): string[] {
  const shown = Object.entries(flags).filter(([, flag]) => flag.hidden !== true);
  return pairs(
    shown.map(([key, flag]) => [
      style.cyan(`${flag.short === undefined ? "    " : ""}${flagSpelling(key, flag)}`),
      flagMeaning(flag),
    ]),
    width,
    30,
  );
}

/** Two columns; a first one that is too wide stands on a line of its own. */
function pairs(rows: readonly (readonly [string, string])[], width: number, room: number): string[] {
  return rows.flatMap(([left, right]) => {
    const texts = wrapTo(right, Math.max(20, width - room - 4));
    const indented = texts.map((text) => " ".repeat(room + 4) + text);
    if (textWidth(left) > room) return [`  ${left}`, ...indented];
    return [`  ${padTo(left, room)}  ${texts[0] ?? ""}`, ...indented.slice(1)];
  });
}
