import { readTar, type TarEntry, writeTar } from "../../src/images/tar.ts";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";

const file = (name: string, more: Partial<TarEntry> = {}): TarEntry => ({
  name,
  kind: "file",
  mode: 0o640,
  uid: 1000,
  gid: 1001,
  modified: 0,
  content: new TextEncoder().encode(`content of ${name.slice(0, 20)}`),
  ...more,
});

const entries: readonly TarEntry[] = [
  { name: "run", kind: "directory", mode: 0o1777, uid: 0, gid: 0, modified: 1_700_000_000 },
  file("run/empty", { content: new Uint8Array() }),
  file("run/block", { content: new Uint8Array(512).fill(7) }),
  file("run/more", { content: new Uint8Array(513).fill(9), mode: 0o4755 }),
  file("a".repeat(100)),
  file(`${"d".repeat(150)}/${"n".repeat(100)}`),
  file(`${"d".repeat(300)}/${"n".repeat(300)}`),
  file("x".repeat(255)),
  file("grün/naïve"),
  file("big-owner", { uid: 3_000_000, gid: 4_000_000_000 }),
  { name: "link", kind: "symlink", mode: 0o777, uid: 0, gid: 0, modified: 0, linkTarget: "target" },
  { name: "long", kind: "symlink", mode: 0o777, uid: 0, gid: 0, modified: 0, linkTarget: "t".repeat(200) },
];

Deno.test("what is written is what is read", () => {
  assertEquals(readTar(writeTar(entries)), [...entries]);
});

Deno.test("an archive is the same each time", () => {
  assertEquals(writeTar(entries), writeTar(entries));
  assertEquals(writeTar(entries).length % 512, 0);
});

Deno.test("tar itself reads what is written", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/archive.tar`;
    await Deno.writeFile(path, writeTar(entries));
    const { success, stdout, stderr } = await new Deno.Command("tar", {
      args: ["--numeric-owner", "-tvf", path],
      env: { LC_ALL: "C.UTF-8", TZ: "UTC" },
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    const listed = new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split(/\s+/));
    assertEquals(listed.map(([mode, owner, , , , name]) => [mode, owner, name]), [
      ["drwxrwxrwt", "0/0", "run/"],
      ["-rw-r-----", "1000/1001", "run/empty"],
      ["-rw-r-----", "1000/1001", "run/block"],
      ["-rwsr-xr-x", "1000/1001", "run/more"],
      ["-rw-r-----", "1000/1001", "a".repeat(100)],
      ["-rw-r-----", "1000/1001", `${"d".repeat(150)}/${"n".repeat(100)}`],
      ["-rw-r-----", "1000/1001", `${"d".repeat(300)}/${"n".repeat(300)}`],
      ["-rw-r-----", "1000/1001", "x".repeat(255)],
      ["-rw-r-----", "1000/1001", "grün/naïve"],
      ["-rw-r-----", "3000000/4000000000", "big-owner"],
      ["lrwxrwxrwx", "0/0", "link"],
      ["lrwxrwxrwx", "0/0", "long"],
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("what tar itself wrote is read", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const long = `${"d".repeat(120)}/${"n".repeat(90)}`;
    await Deno.mkdir(`${directory}/${"d".repeat(120)}`);
    await Deno.writeTextFile(`${directory}/${long}`, "hello");
    for (const format of ["ustar", "pax"]) {
      const { success, stdout } = await new Deno.Command("tar", {
        args: [
          `--format=${format}`,
          "--owner=7",
          "--group=8",
          "--mode=0600",
          "-C",
          directory,
          "-cf",
          "-",
          long,
        ],
      }).output();
      assert(success);
      const [entry] = readTar(stdout);
      assertEquals([entry?.name, entry?.uid, entry?.gid, entry?.mode], [long, 7, 8, 0o600]);
      assertEquals(entry?.content, new TextEncoder().encode("hello"));
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a damaged archive is an error", () => {
  const archive = writeTar([file("a", { content: new Uint8Array(2000) })]);
  assertThrows(() => readTar(archive.slice(0, 1024)), RangeError, "cut off");
  archive[0] = 0x62;
  assertThrows(() => readTar(archive), RangeError, "wrong checksum");
  assertThrows(() => writeTar([file("a", { uid: -1 })]), RangeError, "negative");
});
