/**
 * Writes the table of docs/convert.md from what the targets of `mesolet convert` say that they express.
 *
 * ```sh
 * deno run -A scripts/convert_docs.ts           # writes it
 * deno run -A scripts/convert_docs.ts --check   # fails when it is not what it would write
 * ```
 */
import { auroraFields } from "../src/convert/aurora.ts";
import { composeFields } from "../src/convert/compose.ts";
import {
  type FieldSupport,
  networkFields,
  podFields,
  serviceFields,
  type SpecSection,
  type TargetFields,
  volumeFields,
} from "../src/convert/field_support.ts";
import { kubeFields } from "../src/convert/kube_fields.ts";
import { linuxkitFields } from "../src/convert/linuxkit_fields.ts";
import { marathonFields } from "../src/convert/marathon.ts";
import { taskFields } from "../src/convert/taskinfo.ts";
import { formatted } from "./cli_docs.ts";

const begin = "<!-- generated from src/convert by scripts/convert_docs.ts: begin -->";
const end = "<!-- generated: end -->";

const targets: readonly (readonly [name: string, fields: TargetFields])[] = [
  ["marathon", marathonFields],
  ["aurora", auroraFields],
  ["taskinfo", taskFields],
  ["linuxkit", linuxkitFields],
  ["compose", composeFields],
  ["kube", kubeFields],
];

const sections: readonly (readonly [section: SpecSection, prefix: string, fields: readonly string[]])[] = [
  ["services", "", serviceFields],
  ["volumes", "volumes.", volumeFields],
  ["networks", "networks.", networkFields],
  ["x-pod", "x-pod.", podFields],
];

/** The table: a row for each field of a spec. */
export function renderTable(): string {
  const rows = sections.flatMap(([section, prefix, fields]) =>
    fields.map((field) => {
      const cells = targets.map(([, target]) => {
        const supported: Readonly<Record<string, FieldSupport | undefined>> = target[section];
        return supported[field] ?? "lost";
      });
      return `| \`${prefix}${field}\` | ${cells.join(" | ")} |`;
    })
  );
  const names = targets.map(([name]) => name);
  return [
    `| field | ${names.join(" | ")} |`,
    `| --- |${names.map(() => " --- |").join("")}`,
    ...rows,
  ].join("\n");
}

/**
 * The document with the table made anew.
 *
 * @throws {Error} when the marks are missing
 */
export async function withTable(document: string): Promise<string> {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`Cannot find the marks "${begin}" and "${end}" in docs/convert.md`);
  }
  return await formatted(`${document.slice(0, from)}${begin}\n\n${renderTable()}\n\n${document.slice(to)}`);
}

/** Where the document is. */
export const documentPath: URL = new URL("../docs/convert.md", import.meta.url);

if (import.meta.main) {
  const before = await Deno.readTextFile(documentPath);
  const after = await withTable(before);
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(documentPath, after);
  else if (before !== after) {
    throw new Error("docs/convert.md is not up to date: run scripts/convert_docs.ts");
  }
}
