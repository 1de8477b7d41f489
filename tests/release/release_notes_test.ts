import { releaseNotes } from "../../scripts/release_notes.ts";
import { programVersion } from "../../src/cli/program_version.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

const changelog =
  "# Changelog\n\n## Unreleased\n\n- Later.\n\n## 0.2.0 (2026-01-31)\n\n- Two.\n  ### not a part\n\n## 0.1.0\n\n- One.\n";

Deno.test("the notes of a release are its part of the changelog", () => {
  assertEquals(releaseNotes("v0.2.0", "0.2.0", changelog), "- Two.\n  ### not a part\n");
  assertEquals(releaseNotes("v0.1.0", "0.1.0", changelog), "- One.\n");
});

Deno.test("a tag of another version, and a version without notes, are no release", () => {
  assertThrows(() => releaseNotes("v0.2.1", "0.2.0", changelog), Error, "tag v0.2.0");
  assertThrows(() => releaseNotes("0.2.0", "0.2.0", changelog), Error, "tag v0.2.0");
  assertThrows(() => releaseNotes("v0.3.0", "0.3.0", changelog), Error, 'no part "## 0.3.0"');
  assertThrows(
    () => releaseNotes("v1", "1", "# Changelog\n\n## 1\n\n## 0\n\n- x\n"),
    Error,
    'no part "## 1"',
  );
});

Deno.test("docs/install.md names files of this version, and one to upgrade to", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/install.md", import.meta.url));
  const versions = new Set(
    [...text.matchAll(/mesolet-(\d+\.\d+\.\d+)-linux/g)].map(([, version]) => version),
  );
  assertEquals([versions.has(programVersion), versions.size], [true, 2], [...versions].join(" "));
});
