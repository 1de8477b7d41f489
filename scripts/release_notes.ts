/**
 * Prints what a release says: its part of the changelog. Fails when the tag, deno.json and the changelog do not agree.
 *
 * ```sh
 * deno run --allow-read scripts/release_notes.ts v0.1.0
 * ```
 */
import configuration from "../deno.json" with { type: "json" };

/**
 * The part of a changelog for the version of a tag, without its heading.
 *
 * @param tag `v` and the version
 * @param version of the program, as deno.json has it
 * @throws {Error} when they are of different versions, or the changelog has nothing for it
 */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`) {
    throw new Error(`The tag ${tag} is not of version ${version}, which deno.json has: tag v${version}`);
  }
  const [, ...parts] = changelog.split(/^## /m);
  const part = parts.find((text) => text.split("\n")[0]?.split(" ")[0] === version);
  const notes = part?.slice(part.indexOf("\n")).trim() ?? "";
  if (notes === "") throw new Error(`CHANGELOG.md has no part "## ${version}": rename "## Unreleased" to it`);
  return `${notes}\n`;
}

if (import.meta.main) {
  const [tag = ""] = Deno.args;
  const changelog = await Deno.readTextFile(new URL("../CHANGELOG.md", import.meta.url));
  await Deno.stdout.write(new TextEncoder().encode(releaseNotes(tag, configuration.version, changelog)));
}
