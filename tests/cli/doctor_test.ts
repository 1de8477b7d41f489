import {
  judgeCgroups,
  judgeClock,
  judgeEngine,
  judgeImageRegistry,
  judgeKernel,
  judgeRegistry,
  judgeSharedNetwork,
  judgeSpace,
} from "../../src/cli/doctor_checks.ts";
import { type Finding, findingLines } from "../../src/cli/doctor_finding.ts";
import { styleFor } from "../../src/cli/style.ts";
import type { EngineFacts } from "../../src/plan/observed.ts";
import { Label } from "../../src/pod/labels.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";

const facts: EngineFacts = {
  kind: "docker",
  apiVersion: "1.41",
  serverVersion: "20.10.24",
  operatingSystem: "linux",
  architecture: "amd64",
  cgroupVersion: 1,
  cgroupDriver: "cgroupfs",
  local: true,
  rootless: false,
};

function verdicts(findings: readonly Finding[]): string[] {
  for (const finding of findings) {
    assert(finding.verdict === "ok" || finding.mend !== undefined, finding.message);
  }
  return findings.map(({ verdict }) => verdict);
}

Deno.test("the engine is told with how it was found, an old API is said to be one", () => {
  const [engine, api] = judgeEngine(facts, "unix:///var/run/docker.sock", "DOCKER_HOST");
  assertEquals(engine?.message, "Docker 20.10.24 at unix:///var/run/docker.sock (DOCKER_HOST)");
  assertStringIncludes(api?.message ?? "", "came with 1.44");
  assertEquals(
    judgeEngine({ ...facts, apiVersion: "1.44" }, "x", "y")[1]?.message,
    "version 1.44, linux/amd64",
  );
});

Deno.test("the total of a pod is enforced where cgroups can be made", () => {
  assertEquals(verdicts([judgeCgroups(facts, { usable: true }, true)]), ["ok"]);
  assertEquals(verdicts([judgeCgroups(facts, { usable: true }, false)]), ["warn"]);
  assertEquals(verdicts([judgeCgroups(facts, { usable: false, reason: "no" }, true)]), ["warn"]);
});

Deno.test("disk space: little is a warning, too little a failure", () => {
  const space = (free: number, freeInodes = 1e6) =>
    judgeSpace("/var/lib/docker", { free, total: 1e11, freeInodes });
  assertEquals(verdicts([space(5e10), space(2e9), space(1e8), space(5e10, 100)]), [
    "ok",
    "warn",
    "fail",
    "warn",
  ]);
  assertEquals(space(5e10).message, "50 GB of 100 GB free in /var/lib/docker");
  assertEquals(verdicts([judgeSpace("/x", undefined)]), ["ok"]);
});

Deno.test("what the engine warns of is passed on with how to mend it", () => {
  const findings = judgeKernel({
    KernelVersion: "6.1",
    Warnings: ["WARNING: No swap limit support", "WARNING: IPv4 forwarding is disabled", ""],
  });
  assertEquals(verdicts(findings), ["ok", "warn", "warn"]);
  assertEquals(findings[1]?.message, "No swap limit support");
  assertEquals(verdicts(judgeKernel({ Warnings: null })), ["ok"]);
});

Deno.test("clocks that are apart are a warning", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assertEquals(judgeClock({ SystemTime: "2026-01-01T00:00:02Z" }, now).verdict, "ok");
  assertEquals(judgeClock({ SystemTime: "2026-01-01T00:02:00Z" }, now).message, "2m behind the engine's");
  assertEquals(judgeClock({ SystemTime: "2025-12-31T23:58:00Z" }, now).message, "2m ahead of the engine's");
  assertEquals(judgeClock({}, now).verdict, "ok");
});

Deno.test("the shared network: absent, ours, somebody else's; many networks", () => {
  assertEquals(verdicts(judgeSharedNetwork(null, Label.pod, 3)), ["ok"]);
  const ours = { Driver: "bridge", IPAM: { Config: [{ Subnet: "10.1.0.0/16" }] } };
  assertEquals(judgeSharedNetwork(ours, Label.pod, 3)[0]?.message, "mesolet: bridge 10.1.0.0/16");
  assertEquals(verdicts(judgeSharedNetwork({ Driver: "macvlan" }, Label.pod, 30)), ["fail", "warn"]);
});

Deno.test("registries: found, anonymous, broken", () => {
  const findings = [{ found: true }, { found: false }, { error: "the helper hangs" }].map((result) =>
    judgeRegistry("docker.io", result)
  );
  assertEquals(verdicts(findings), ["ok", "warn", "fail"]);
});

Deno.test("the registry of an image: reached, without the image, denied, out of reach, not to be asked", () => {
  const judged = (status: number, said: string) =>
    judgeImageRegistry("docker.io", "busybox", { credentials: "none", status, said });
  const table: readonly [number, string, "ok" | "warn", string][] = [
    [200, "", "ok", "docker.io is reached from the engine; credentials: none"],
    [
      404,
      "manifest unknown",
      "warn",
      "docker.io is reached from the engine and has no busybox; credentials: none",
    ],
    [403, "denied: no", "warn", "docker.io does not give busybox: denied: no; credentials: none"],
    [
      500,
      "dial tcp:\n no such host",
      "warn",
      "docker.io is not reached from the engine: dial tcp:; no such host; credentials: none",
    ],
    [404, "page not found", "ok", "docker.io: this engine cannot ask it: not checked; credentials: none"],
  ];
  for (const [status, said, verdict, message] of table) {
    const finding = judged(status, said);
    assertEquals([finding.verdict, finding.message], [verdict, message]);
    assertEquals(finding.mend === undefined, verdict === "ok");
  }
});

Deno.test("findings are aligned, and what mends stands below", () => {
  assertEquals(
    findingLines([
      { name: "engine", verdict: "ok", message: "there" },
      { name: "disk space", verdict: "fail", message: "full", mend: "remove something" },
    ], styleFor(false)),
    [
      "ok    engine      there",
      "fail  disk space  full",
      "                  → remove something",
    ],
  );
});
