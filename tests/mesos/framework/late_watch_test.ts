import { LateWatch } from "../../../src/mesos/framework/late_watch.ts";
import { assertEquals } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";

for (const [how, within] of [["when it is told to", 1_000], ["by itself", 1_000], ["at once", 0]] as const) {
  Deno.test(`specs are watched later: ${how}, once`, async () => {
    const clock = new SteppedClock();
    const end = new AbortController();
    let opened = 0;
    const ended = Promise.withResolvers<void>();
    const open = () => ({ rescan: () => {}, done: (opened++, ended.promise) });
    const watch = new LateWatch({ open, clock, within, signal: end.signal });
    await clock.advance(999);
    assertEquals(opened, within === 0 ? 1 : 0);
    if (how === "when it is told to") watch.begin();
    else await clock.advance(1);
    assertEquals(opened, 1);
    watch.begin();
    await clock.advance(5_000);
    assertEquals(opened, 1);
    end.abort();
    ended.resolve();
    await watch.done;
  });
}

Deno.test("specs that are to be watched later are not when it ends before", async () => {
  const end = new AbortController();
  const open = () => {
    throw new Error("it was begun");
  };
  const watch = new LateWatch({ open, clock: new SteppedClock(), within: 1_000, signal: end.signal });
  end.abort();
  await watch.done;
  watch.begin();
});
