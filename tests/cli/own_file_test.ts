import { ownProcess } from "../../src/cli/own_file.ts";
import { assertEquals } from "../support/assert.ts";

const process = { executable: "/cache/mesolet", standalone: false };

Deno.test("the environment is the host's own, whatever the built file kept from its runtime or set for it", () => {
  const { variables, file } = ownProcess({
    PATH: "/bin",
    MESOLET_FILE: "/usr/bin/mesolet",
    HOME: "/cache",
    DENO_DIR: "/cache/code",
    DENO_NO_UPDATE_CHECK: "1",
    DENO_NO_PACKAGE_JSON: "1",
    MESOLET_HOST_HOME: "/home/me",
    MESOLET_HOST_DENO_DIR: "/home/me/deno",
    MESOLET_HOST_NODE_OPTIONS: "",
    MESOLET_CACHE_DIR: "/cache",
  }, process);
  assertEquals(variables, {
    PATH: "/bin",
    HOME: "/home/me",
    DENO_DIR: "/home/me/deno",
    NODE_OPTIONS: "",
    MESOLET_CACHE_DIR: "/cache",
  });
  assertEquals(file, { build: "self-extracting", path: "/usr/bin/mesolet" });
});

Deno.test("a host without HOME has none for the program either", () => {
  const { variables } = ownProcess({ MESOLET_FILE: "/usr/bin/mesolet", HOME: "/cache" }, process);
  assertEquals(variables, {});
});

Deno.test("a program from source has no file, and its environment is as it is", () => {
  const variables = { DENO_DIR: "/home/me/deno" };
  assertEquals(ownProcess(variables, process), { variables, file: { build: "source", path: undefined } });
});

Deno.test("a compiled program is its own file", () => {
  const compiled = { executable: "/usr/bin/mesolet", standalone: true };
  assertEquals(ownProcess({ DENO_DIR: "/x" }, compiled), {
    variables: { DENO_DIR: "/x" },
    file: { build: "compiled", path: "/usr/bin/mesolet" },
  });
});
