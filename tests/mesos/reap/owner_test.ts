import {
  formatOwner,
  livenessOf,
  parseOwner,
  type ProcessView,
  startOf,
} from "../../../src/mesos/reap/owner.ts";
import { ownerOfProcess, processViewOfHost } from "../../../src/mesos/reap/process_view.ts";
import { assertEquals } from "../../support/assert.ts";

const boot = "0b5ba2c4-74a4-4a3c-9d0a-1f2e3d4c5b6a";
const owner = { boot, pidNamespace: "4026531836", pid: 123, start: "9876" };

Deno.test("an owner is read as it was written, and nothing else is one", () => {
  assertEquals(parseOwner(formatOwner(owner)), owner);
  for (const text of ["", "x", `${boot}:1:2`, `${boot}:1:-2:3`, `${boot}:1:2:3:4`, `${boot}:a:2:3`]) {
    assertEquals(parseOwner(text), undefined, text);
  }
});

Deno.test("the start of a process is read behind a name with anything in it; a zombie has ended", () => {
  const rest = Array.from({ length: 18 }, (_, index) => index + 4).join(" ");
  assertEquals(startOf(`123 (sh) S ${rest} 555 0 0`), "555");
  assertEquals(startOf(`123 (a) S 1) R ${rest} 556 0`), "556");
  assertEquals(startOf(`123 (sh) Z ${rest} 557 0`), undefined);
});

Deno.test("an owner is alive, gone for sure, or out of sight", () => {
  const view = (changes: Partial<ProcessView>): ProcessView => ({
    boot,
    pidNamespace: "4026531836",
    startOf: (pid) => pid === 123 ? "9876" : undefined,
    ...changes,
  });
  assertEquals(livenessOf(owner, view({})), "alive");
  assertEquals(livenessOf(owner, view({ startOf: () => undefined })), "gone");
  assertEquals(livenessOf(owner, view({ startOf: () => "1111" })), "gone");
  assertEquals(livenessOf(owner, view({ boot: "another" })), "gone");
  assertEquals(livenessOf(owner, view({ pidNamespace: "4026531999" })), "unknown");
  assertEquals(livenessOf(owner, view({ boot: "another", pidNamespace: "4026531999" })), "gone");
});

Deno.test("this process is alive by the files of this host, and one that has ended is gone", async () => {
  const view = processViewOfHost();
  assertEquals(livenessOf(ownerOfProcess(view), view), "alive");
  const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const start = view.startOf(child.pid);
  const ofChild = { ...ownerOfProcess(view), pid: child.pid, start: start ?? "" };
  assertEquals(livenessOf(ofChild, view), "alive");
  child.kill("SIGKILL");
  await child.status;
  assertEquals(livenessOf(ofChild, view), "gone");
});
