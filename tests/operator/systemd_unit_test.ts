import { assertEquals, assertStringIncludes } from "../support/assert.ts";

const unit = Deno.readTextFileSync(
  new URL("../../examples/operator/mesolet-operator.service", import.meta.url),
);
const documentation = Deno.readTextFileSync(new URL("../../docs/operator.md", import.meta.url));

function hasSystemd(): boolean {
  try {
    return new Deno.Command("systemd-analyze", { args: ["--version"], stdout: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test("the unit starts what the page for users installs, on the directory that it makes", () => {
  const [, program = "", directory = ""] = /^ExecStart=(\S+) operator (\S+)$/m.exec(unit) ?? [];
  assertStringIncludes(documentation, `install -m 755 dist/mesolet ${program.replace(/[^/]+$/, "")}\n`);
  assertStringIncludes(documentation, `mkdir -p ${directory}\n`);
});

Deno.test({
  name: "systemd finds nothing wrong with the unit",
  ignore: !hasSystemd(),
  fn: async () => {
    const directory = await Deno.makeTempDir();
    try {
      // It wants to see the program.
      const path = `${directory}/mesolet-operator.service`;
      await Deno.writeTextFile(path, unit.replace(/^ExecStart=\S+/m, "ExecStart=/bin/true"));
      const { code, stdout, stderr } = await new Deno.Command("systemd-analyze", {
        args: ["verify", "--man=no", path],
      }).output();
      const told = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
      assertEquals({ code, told }, { code: 0, told: "" });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
