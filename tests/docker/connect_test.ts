import { connectEngine } from "../../src/docker/connect.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { TimeBounds } from "../../src/docker/time_bounds.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../support/assert.ts";
import { fakeServer, httpAnswer } from "../support/fake_server.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { waitUntil } from "../support/wait.ts";

Deno.test("connecting: an engine that is too old, speaks no HTTP or hangs is an error", async () => {
  const answers: readonly [string, string, number][] = [
    [httpAnswer(200, "OK", { "Api-Version": "1.18" }), "1.24 is the oldest", ExitCode.unavailable],
    [httpAnswer(200, "OK"), "does not say its API version", ExitCode.unavailable],
    ["SSH-2.0-OpenSSH\r\n\r\n", "was lost", ExitCode.unavailable],
  ];
  for (const [answer, why, exitCode] of answers) {
    await using server = await fakeServer("tcp", () => answer);
    const error = await assertRejects(
      () => connectEngine({ host: server.host, environment: {} }),
      EngineError,
      why,
    );
    assertEquals(error.exitCode, exitCode);
  }
  await using server = await fakeServer("unix", () => "hang");
  const clock = new SteppedClock();
  const connecting = connectEngine({ host: server.host, environment: {}, clock });
  const outcome = assertRejects(() => connecting, EngineError, "within 5 s");
  await waitUntil("the engine is asked", () => server.requests.length === 1);
  await clock.advance(TimeBounds.ping);
  assertEquals((await outcome).exitCode, ExitCode.temporary);
});

Deno.test("connecting: the version spoken is the engine's, but none that is not known", async () => {
  for (
    const [offered, spoken] of [["1.41", "1.41"], ["1.48", "1.48"], ["1.99", "1.49"], ["1.24", "1.24"], [
      "1.40.0",
      "1.40",
    ]]
  ) {
    await using server = await fakeServer(
      "tcp",
      (request) =>
        request === "GET /_ping"
          ? httpAnswer(200, "OK", { "Api-Version": offered ?? "", Server: "Libpod/4.3.1 (linux)" })
          : httpAnswer(200, {
            OSType: "linux",
            Architecture: "aarch64",
            CgroupVersion: "2",
            CgroupDriver: "systemd",
          }),
    );
    const engine = await connectEngine({ host: server.host, environment: {} });
    assertEquals(server.requests, ["GET /_ping", `GET /v${spoken}/info`]);
    assertEquals(engine.facts, {
      kind: "podman",
      apiVersion: spoken ?? "",
      serverVersion: "",
      operatingSystem: "linux",
      architecture: "arm64",
      cgroupVersion: 2,
      cgroupDriver: "systemd",
      local: false,
      rootless: false,
    });
    engine.close();
  }
});
