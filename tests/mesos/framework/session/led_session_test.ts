import { openLedSession } from "../../../../src/mesos/framework/session/led_session.ts";
import type { MasterNotice, MasterSession } from "../../../../src/mesos/framework/session/master_session.ts";
import { assertEquals, assertRejects } from "../../../support/assert.ts";
import { politeInfo } from "../../master/test_framework.ts";

/** A led session whose master and whose election are the test. */
function led(id?: string) {
  const notices: string[] = [];
  const sent: string[] = [];
  const lost = new AbortController();
  const kept: { id: string; done: () => void; fail: (error: Error) => void }[] = [];
  let tell: (notice: MasterNotice) => void = () => {};
  let isClosed = false;
  const session: MasterSession = openLedSession(
    ({ onNotice }) => {
      tell = onNotice;
      return {
        send: ({ type }) => sent.push(type),
        done: new Promise(() => {}),
        close: () => {
          isClosed = true;
          return Promise.resolve();
        },
      };
    },
    {
      framework: () => ({ ...politeInfo, ...(id === undefined ? {} : { id: { value: id } }) }),
      onNotice: ({ kind }) => notices.push(kind),
    },
    {
      lost: lost.signal,
      keepId: (id) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        kept.push({ id, done: resolve, fail: reject });
        return promise;
      },
    },
  );
  const subscribed: MasterNotice = { kind: "subscribed", frameworkId: "f-1", isNew: true, address: "m:5050" };
  return {
    session,
    notices,
    sent,
    lost,
    kept,
    tell: (notice: MasterNotice) => tell(notice),
    subscribed,
    closed: () => isClosed,
  };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("a subscription is told when its id is kept for others, and what came behind it after that", async () => {
  const { notices, kept, tell, subscribed } = led();
  tell(subscribed);
  tell({ kind: "disconnected", reason: "gone" });
  assertEquals([notices, kept.map(({ id }) => id)], [[], ["f-1"]]);
  kept[0]?.done();
  await settled();
  assertEquals(notices, ["subscribed", "disconnected"]);
  // The same id again is kept already.
  tell(subscribed);
  assertEquals([notices.length, kept.length], [3, 1]);
});

Deno.test("an id that is known already keeps nobody waiting", () => {
  const { notices, kept, tell, subscribed } = led("f-1");
  tell(subscribed);
  assertEquals([notices, kept], [["subscribed"], []]);
});

Deno.test("an id that cannot be kept ends the session", async () => {
  const { session, notices, kept, tell, subscribed } = led();
  tell(subscribed);
  kept[0]?.fail(new Error("no place"));
  await assertRejects(() => session.done, Error, "no place");
  assertEquals(notices, []);
});

Deno.test("whoever leads no more hears nothing and says nothing, from that moment on", async () => {
  const { session, notices, sent, lost, tell, subscribed, closed } = led("f-1");
  tell(subscribed);
  session.send({ type: "REVIVE" });
  lost.abort(new Error("lost"));
  assertEquals(closed(), true);
  tell({ kind: "disconnected", reason: "gone" });
  session.send({ type: "REVIVE" });
  assertEquals([notices, sent], [["subscribed"], ["REVIVE"]]);
  await session.close();
});
