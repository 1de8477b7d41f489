import { connectionFailed, hasStatus, isNotSent, refusedByEngine } from "../../src/docker/engine_error.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";

const failure = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

Deno.test("an error of the connection says what to do, with the exit code for it", () => {
  const table: readonly [unknown, number, string][] = [
    [failure("EACCES"), ExitCode.permission, "docker group"],
    [new Deno.errors.NotCapable("Requires write access"), ExitCode.permission, "without the permission"],
    [failure("ENOENT"), ExitCode.unavailable, "systemctl start docker"],
    [failure("ECONNREFUSED"), ExitCode.unavailable, "DOCKER_HOST"],
    [failure("ECONNRESET"), ExitCode.unavailable, "was lost"],
    [new Error("received fatal alert: CertificateRequired"), ExitCode.permission, "asks for a certificate"],
    [new Error("received fatal alert: BadCertificate"), ExitCode.permission, "DOCKER_CERT_PATH"],
    [new Error("received fatal alert: HandshakeFailure"), ExitCode.unavailable, "was lost"],
    ["text", ExitCode.unavailable, "was lost (text)"],
  ];
  for (const [cause, exitCode, words] of table) {
    const error = connectionFailed("list containers", "unix:///x.sock", cause);
    assertEquals([error.exitCode, error.cause], [exitCode, cause]);
    assertStringIncludes(error.message, words);
    assertStringIncludes(error.message, "Cannot list containers: ");
  }
});

Deno.test("only what was never sent is safe to repeat", () => {
  const codes = ["ECONNREFUSED", "ENOENT", "EHOSTUNREACH", "ECONNRESET", "EPIPE", "ETIMEDOUT"];
  assertEquals(codes.map((code) => isNotSent(failure(code))), [true, true, true, false, false, false]);
});

Deno.test("an answer of the engine is told by its status", () => {
  const statuses = {
    400: ExitCode.failed,
    403: ExitCode.permission,
    404: ExitCode.unavailable,
    500: ExitCode.failed,
  };
  for (const [status, exitCode] of Object.entries(statuses)) {
    const error = refusedByEngine("start container web", Number(status), "");
    assertEquals([error.exitCode, error.message], [
      exitCode,
      `Cannot start container web: the engine says: HTTP ${status}`,
    ]);
    assert(hasStatus(error, Number(status)));
  }
});
