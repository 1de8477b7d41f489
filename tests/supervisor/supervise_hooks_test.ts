import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { podFrom, SupervisedPod } from "../support/supervising.ts";

const spec = (restart: string) =>
  `  web:\n    image: busybox\n    restart: "${restart}"\n    post_start: [{command: [fill]}]\n`;

/** A pod whose container ended once, and is started again while its hook fails. */
async function startedAgainWithoutHook(test: SupervisedPod, restart: string): Promise<void> {
  await test.begin(await podFrom(spec(restart)));
  assertEquals(test.status.phase, "running");
  test.engine.behave("shop-web-1", { hookCode: 2 });
  test.engine.exit("shop-web-1", 1);
  await test.clock.advance(10_000);
}

Deno.test("a restart whose post_start hook fails counts as an end: it is stopped, and tried again with back-off", async () => {
  for (const restart of ["always", "unless-stopped", "on-failure"]) {
    await using test = new SupervisedPod();
    await startedAgainWithoutHook(test, restart);
    const web = test.container("web");
    assertEquals(web.state, "backing-off", restart);
    assertStringIncludes(web.reason ?? "", "hook of shop-web-1 exited with code 2", restart);
    test.engine.behave("shop-web-1", {});
    await test.clock.advance(20_000);
    assertEquals(
      [test.container("web").state, test.container("web").reason],
      ["running", undefined],
      restart,
    );
  }
});

Deno.test("the attempts of on-failure:n are used up by failing hooks too", async () => {
  await using test = new SupervisedPod();
  await startedAgainWithoutHook(test, "on-failure:1");
  const { status } = await test.ended();
  assertEquals([status.phase, status.exitCode === 0], ["failed", false]);
  assertStringIncludes(status.reason, "hook of shop-web-1 exited with code 2");
});

Deno.test("a container whose hook failed and that cannot be stopped is told to stop again", async () => {
  await using test = new SupervisedPod();
  test.engine.fail("stop shop-web-1", "the engine is busy");
  await startedAgainWithoutHook(test, "always");
  assertEquals(test.container("web").state, "running");
  assertStringIncludes(test.container("web").reason ?? "", "hook of shop-web-1 exited with code 2");
  test.engine.heal("stop shop-web-1");
  await test.clock.advance(60_000);
  assertEquals(test.container("web").state, "backing-off");
});
