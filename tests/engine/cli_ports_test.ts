import { projectDirectory, runProgram } from "../cli/program.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { testEngine } from "../support/engine.ts";

Deno.test("cli: a port of the host that is in use is told with its place in the file and with who has it", async (test) => {
  await using engine = await testEngine();
  const [holder, pod] = [engine.podName(), engine.podName()];
  const port = freePort();
  const services = (name: string, ports: string) =>
    `name: ${name}
services:
  web:
    image: busybox
    command: ["sleep", "1000"]
    stop_grace_period: 0s
    ports:
      - ${ports}
`;
  await using project = await projectDirectory({
    "holder.yaml": services(holder, `"${port}:80"`),
    "compose.yaml": services(pod, `"${port}:81"`),
  });
  const mesolet = (...args: string[]) => runProgram(args, { host: engine.host, directory: project.path });
  const place = `${project.path}/compose.yaml:8:9: services.web.ports[0]: port ${port}`;

  await test.step("a pod", async () => {
    assertEquals((await mesolet("-f", "holder.yaml", "up", "-d")).code, 0);
    // It is the pause container that publishes it.
    const rows = (await mesolet("-f", "holder.yaml", "ps")).out.trim().split("\n").slice(1);
    assertEquals(rows.length, 1);
    assertMatch(rows[0] ?? "", new RegExp(`^${holder}-web-1 .* 0\\.0\\.0\\.0:${port}->80/tcp$`));
    assertStringIncludes((await mesolet("-f", "holder.yaml", "ps", "-a")).out, `${holder}_pause`);
    for (const mode of ["pod", "services"]) {
      const detached = await mesolet("--network", mode, "up", "-d");
      assertEquals(detached.code, 1, detached.error);
      assertStringIncludes(
        detached.error,
        `error: ${place} of the host is taken by container ${holder}-web-1 of pod ${holder} of mesolet: ` +
          `publish another port, or stop that (mesolet down ${holder})\n`,
      );
      await mesolet("down");
    }
    const foreground = await mesolet("up");
    assertEquals(foreground.code, 1, foreground.error);
    assertStringIncludes(foreground.error, `error: the pod ${pod} failed: ${place}`);
    assertStringIncludes(foreground.error, `container ${holder}-web-1 of pod ${holder}`);
    assertEquals((await mesolet("-f", "holder.yaml", "down")).code, 0);
  });

  await test.step("the pod itself", async () => {
    const scaled = await mesolet("--network", "services", "up", "-d", "--scale", "web=2");
    assertEquals(scaled.code, 1, scaled.error);
    assertStringIncludes(scaled.error, `of pod ${pod} of mesolet itself: publish a port for each container`);
    assertEquals((await mesolet("down")).code, 0);
  });

  await test.step("no container", async () => {
    using _listener = Deno.listen({ hostname: "0.0.0.0", port });
    const result = await mesolet("up", "-d");
    assertEquals(result.code, 1, result.error);
    assertStringIncludes(result.error, place);
    assertStringIncludes(result.error, "another process of the host, which is no container of this engine");
    assertEquals((await mesolet("down")).code, 0);
  });
});

/** A port that nobody listens at, and that the kernel gives to no outgoing connection while the test lasts. */
function freePort(): number {
  const first = 21_000 + Math.floor(Math.random() * 8_000);
  for (let port = first; port < first + 100; port++) {
    try {
      Deno.listen({ hostname: "0.0.0.0", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("no port is free");
}
