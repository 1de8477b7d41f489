import { type PauseArchitecture, pauseProgram } from "../../src/docker/pause_program.ts";
import { pauseImageArchive } from "../../src/docker/pause_image.ts";
import { readTar } from "../../src/docker/tar.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { pauseImageName } from "../../src/pod/names.ts";
import { assert, assertEquals, assertLess, assertRejects } from "../support/assert.ts";

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * The digests of the program that `mesolet/pause:1` stands for. Whoever changes the program gives the image a new
 * name: engines keep the old one under the old name.
 */
const digests: Readonly<Record<string, Readonly<Record<PauseArchitecture, string>>>> = {
  "mesolet/pause:1": {
    amd64: "5af8b82704f5df1a50d70976c0eabe250f93956d81fa67203f453536399e27bc",
    arm64: "5ec34aec2215e0307133da842e31693c857f4d1817b4402c2f28c94a8ec24c72",
  },
};

for (const architecture of ["amd64", "arm64"] as const) {
  Deno.test(`the pause program for ${architecture} is the one that the image's name stands for`, async () => {
    const program = pauseProgram(architecture);
    assertLess(program.length, 400);
    assertEquals(await digestOf(program), digests[pauseImageName]?.[architecture]);
  });

  Deno.test(`the pause program for ${architecture} is a sound ELF file`, () => {
    const program = pauseProgram(architecture);
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
  });
}

Deno.test("the archive is the same each time, and holds one layer with one file", async () => {
  const archive = await pauseImageArchive("mesolet/pause:1", "arm64");
  assertEquals(await pauseImageArchive("mesolet/pause:1", "arm64"), archive);
  const files = new Map(readTar(archive).map((entry) => [entry.name, entry]));
  const parse = (name: string) => JSON.parse(new TextDecoder().decode(files.get(name)?.content));
  const [manifest] = parse("manifest.json");
  assertEquals(manifest.RepoTags, ["mesolet/pause:1"]);
  const config = parse(manifest.Config);
  assertEquals([config.architecture, config.os], ["arm64", "linux"]);
  const layer = files.get(manifest.Layers[0])?.content ?? new Uint8Array();
  assertEquals(config.rootfs.diff_ids, [`sha256:${await digestOf(layer.slice())}`]);
  const [program, ...rest] = readTar(layer);
  assertEquals([program?.name, program?.mode, rest], ["pause", 0o755, []]);
  assertEquals(program?.content, pauseProgram("arm64"));
});

Deno.test("an architecture without a program is refused with a way out", async () => {
  await assertRejects(
    () => pauseImageArchive("mesolet/pause:1", "riscv64"),
    MesoletError,
    "x-pod.network: services",
  );
});
