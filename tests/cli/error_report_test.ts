import { problemLine, reportError, warningLine } from "../../src/cli/error_report.ts";
import { Interrupted } from "../../src/cli/interrupts.ts";
import { styleFor } from "../../src/cli/style.ts";
import { ExitCode, MesoletError, SpecError, UsageError } from "../../src/pod/errors.ts";
import { assert, assertEquals } from "../support/assert.ts";

const plain = { debug: false, style: styleFor(false) };

Deno.test("every problem of a spec has its line, warnings too", () => {
  const error = new SpecError([
    {
      severity: "error",
      path: "services.web.ports[0]",
      message: "90000 is no port",
      position: { file: "a.yaml", line: 3, column: 7 },
    },
    {
      severity: "warning",
      path: "services.web",
      message: "build is ignored",
      position: { file: "a.yaml", line: 2 },
    },
    { severity: "error", path: "", message: "a.yaml: no\nsuch file" },
  ]);
  assertEquals(reportError(error, plain), {
    exitCode: ExitCode.data,
    lines: [
      "error: a.yaml:3:7: services.web.ports[0]: 90000 is no port",
      "warning: a.yaml:2: services.web: build is ignored",
      "error: a.yaml: no such file",
    ],
  });
});

Deno.test("an error of mesolet is one line and carries its exit code", () => {
  assertEquals(reportError(new UsageError("up needs more"), plain), {
    exitCode: 64,
    lines: ["error: up needs more"],
  });
  assertEquals(reportError(new MesoletError("no engine", ExitCode.unavailable), plain).exitCode, 69);
});

Deno.test("an end by a signal is no error", () => {
  assertEquals(reportError(new Interrupted("SIGINT"), plain), { exitCode: 130, lines: ["interrupted"] });
  assertEquals(reportError(new Interrupted("SIGTERM"), plain).exitCode, 143);
});

Deno.test("an error that nobody foresaw is a defect and says so", () => {
  const report = reportError(new TypeError("x is\nundefined"), plain);
  assertEquals(report.exitCode, ExitCode.software);
  assertEquals(report.lines[0], "error: TypeError: x is undefined");
  assert(report.lines[1]?.includes("defect of mesolet"));
  assertEquals(reportError("thrown text", plain).lines[0], "error: thrown text");
});

Deno.test("--debug adds the causes and their stacks, and ends on a circle", () => {
  const cause = new Error("socket closed");
  const report = reportError(new MesoletError("no engine", 69, { cause }), { ...plain, debug: true });
  assertEquals(report.lines[0], "error: no engine");
  assert(report.lines.includes("caused by: Error: socket closed"));
  assert(report.lines.some((line) => line.trimStart().startsWith("at ")));
  cause.cause = cause;
  assert(reportError(cause, { ...plain, debug: true }).lines.length < 300);
});

Deno.test("what an engine says cannot move the cursor", () => {
  assertEquals(reportError(new MesoletError("bad\x1b[2J", 1), plain).lines, ["error: bad?[2J"]);
  assertEquals(warningLine("a\nb", styleFor(false)), "warning: a b");
  const problem = { severity: "error", path: "a", message: "b" } as const;
  assertEquals(problemLine(problem, styleFor(true)), "\x1b[31merror:\x1b[0m a: b");
});
