import { EngineReach } from "../../../src/mesos/executor/reach_engine.ts";
import { assertEquals, assertMatch, assertRejects } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";

for (const [patience, seconds] of [[undefined, 60], [5_000, 5], [0, 0]] as const) {
  Deno.test(`an engine that does not answer is waited for ${seconds} s, which is said once`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      const clock = new SteppedClock();
      const said: string[] = [];
      const reach = new EngineReach({
        clock,
        host: `unix://${directory}/docker.sock`,
        environment: {},
        ...(patience === undefined ? {} : { patience }),
        onWait: (reason) => said.push(reason),
      });
      const reached = reach.reach(new AbortController().signal);
      const failed = assertRejects(() => reached, Error, `(tried for ${seconds} s)`);
      let over = false;
      failed.finally(() => over = true);
      // Each try is made over a real socket: the clock goes on while it waits for one.
      await waitUntil("it has given up", async () => {
        await clock.advance(1_000);
        return over;
      });
      await failed;
      assertEquals(said.length, seconds === 0 ? 0 : 1);
      // On a machine that is busy the clock may pass the bound of a try before its socket has answered.
      if (seconds > 0) assertMatch(said[0] ?? "", /no engine listens|not there|no answer/);
      await reach.close();
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
