import type { ProgramArchitecture } from "../../src/docker/elf_file.ts";
import { pauseProgram } from "../../src/docker/pause_program.ts";
import { pauseImageArchive } from "../../src/docker/pause_image.ts";
import { relayProgram } from "../../src/docker/relay_program.ts";
import { readTar } from "../../src/images/tar.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { pauseImageName } from "../../src/pod/names.ts";
import { assert, assertEquals, assertLess, assertRejects } from "../support/assert.ts";

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * The digests of the programs that `mesolet/pause:2` stands for. Whoever changes a program gives the image a new
 * name: engines keep the old one under the old name.
 */
const digests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "mesolet/pause:2": {
    "pause for amd64": "5af8b82704f5df1a50d70976c0eabe250f93956d81fa67203f453536399e27bc",
    "pause for arm64": "5ec34aec2215e0307133da842e31693c857f4d1817b4402c2f28c94a8ec24c72",
    "relay for amd64": "d7d2350b285d8106b9476bdd6e7511cdb520c53936012ca1b4cc032162df9104",
    "relay for arm64": "3569924a6ac73d64a8be500156f00edef24d678f14d1d9bc5e8026cea25a31df",
  },
};

const programs = (["amd64", "arm64"] as const).flatMap((architecture) => [
  { name: `pause for ${architecture}`, architecture, program: pauseProgram(architecture), longest: 400 },
  { name: `relay for ${architecture}`, architecture, program: relayProgram(architecture), longest: 1000 },
]);

for (const { name, architecture, program, longest } of programs) {
  Deno.test(`the program ${name} is the one that the image's name stands for`, async () => {
    assertLess(program.length, longest);
    assertEquals(await digestOf(program), digests[pauseImageName]?.[name]);
  });

  Deno.test(`the program ${name} is a sound ELF file`, () => assertSoundElfFile(program, architecture));
}

function assertSoundElfFile(
  program: Uint8Array<ArrayBuffer>,
  architecture: ProgramArchitecture,
): void {
  const view = new DataView(program.buffer);
  assertEquals([...program.subarray(0, 7)], [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  assertEquals(view.getUint16(16, true), 2, "executable");
  assertEquals(view.getUint16(18, true), architecture === "amd64" ? 62 : 183, "machine");
  const entry = Number(view.getBigUint64(24, true));
  const tables = Number(view.getBigUint64(32, true));
  assertEquals([view.getUint16(54, true), view.getUint16(56, true)], [56, 2], "program headers");
  const segment = {
    type: view.getUint32(tables, true),
    flags: view.getUint32(tables + 4, true),
    offset: Number(view.getBigUint64(tables + 8, true)),
    address: Number(view.getBigUint64(tables + 16, true)),
    fileSize: Number(view.getBigUint64(tables + 32, true)),
    memorySize: Number(view.getBigUint64(tables + 40, true)),
    align: Number(view.getBigUint64(tables + 48, true)),
  };
  assertEquals([segment.type, segment.flags], [1, 5], "loaded, read and execute");
  assertEquals([segment.offset, segment.fileSize, segment.memorySize], [0, program.length, program.length]);
  assertEquals(segment.address % segment.align, segment.offset % segment.align, "aligned");
  assert(entry > segment.address && entry < segment.address + program.length, "entry inside");
  assertEquals(
    [view.getUint32(tables + 56, true), view.getUint32(tables + 60, true)],
    [0x6474e551, 6],
    "stack",
  );
}

Deno.test("the archive is the same each time, and holds one layer with the two programs", async () => {
  const archive = await pauseImageArchive("mesolet/pause:2", "arm64");
  assertEquals(await pauseImageArchive("mesolet/pause:2", "arm64"), archive);
  const files = new Map(readTar(archive).map((entry) => [entry.name, entry]));
  const parse = (name: string) => JSON.parse(new TextDecoder().decode(files.get(name)?.content));
  const [manifest] = parse("manifest.json");
  assertEquals(manifest.RepoTags, ["mesolet/pause:2"]);
  const config = parse(manifest.Config);
  assertEquals([config.architecture, config.os], ["arm64", "linux"]);
  const layer = files.get(manifest.Layers[0])?.content ?? new Uint8Array();
  assertEquals(config.rootfs.diff_ids, [`sha256:${await digestOf(layer.slice())}`]);
  assertEquals(readTar(layer).map(({ name, mode, content }) => [name, mode, content]), [
    ["pause", 0o755, pauseProgram("arm64")],
    ["relay", 0o755, relayProgram("arm64")],
  ]);
});

Deno.test("an architecture without a program is refused with a way out", async () => {
  await assertRejects(
    () => pauseImageArchive("mesolet/pause:2", "riscv64"),
    MesoletError,
    "x-pod.network: services",
  );
});
