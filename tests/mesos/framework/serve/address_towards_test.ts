import { ListedMasters } from "../../../../src/mesos/detector/master_locator.ts";
import { addressTowards } from "../../../../src/mesos/framework/serve/address_towards.ts";
import { assertEquals, assertRejects } from "../../../support/assert.ts";
import { SteppedClock } from "../../../support/stepped_clock.ts";
import { systemClock } from "../../../../src/pod/clock.ts";

/** A port that nobody listens at. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}

Deno.test("the address towards a master is that of a connection to it, which may have to be waited for", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const masters = [freePort(), listener.addr.port].map((port) => ({ hostname: "127.0.0.1", port }));
  const waits: string[] = [];
  const found = await addressTowards({
    locator: new ListedMasters(masters, false),
    clock: systemClock,
    random: () => 0.99,
    signal: new AbortController().signal,
    onWait: (reason) => waits.push(reason),
  });
  assertEquals(found, { address: "127.0.0.1", isLoopback: true });
  assertEquals(waits, [`nobody answers at the master's 127.0.0.1:${masters[0]?.port}`]);
});

Deno.test("who waits for a master can be told to end, and is told each reason once", async () => {
  const gone = new AbortController();
  const waits: string[] = [];
  const port = freePort();
  const clock = new SteppedClock();
  const finding = addressTowards({
    locator: new ListedMasters([{ hostname: "127.0.0.1", port }], false),
    clock,
    random: () => 0,
    signal: gone.signal,
    onWait: (reason) => {
      waits.push(reason);
      setTimeout(() => gone.abort(new Error("enough")));
    },
  });
  await assertRejects(() => finding, Error, "enough");
  assertEquals(waits, [`nobody answers at the master's 127.0.0.1:${port}`]);
});
