import type { StopRequest } from "../../src/pod/http_lifecycle.ts";
import type { Pod } from "../../src/pod/model.ts";
import type { PodStatus } from "../../src/pod/status.ts";
import { askToStop } from "../../src/supervisor/ask_to_stop.ts";
import { assertEquals } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";

const pod: Pod = {
  name: "shop",
  source: { kind: "compose", files: [], directory: "/", environmentFiles: [] },
  network: { mode: "host" },
  containers: [],
  networks: [],
  volumes: [],
  essential: [],
  essentialIsExplicit: false,
  disabled: [],
};
const status: PodStatus = {
  pod: "shop",
  phase: "running",
  reason: "",
  reasonCode: "none",
  containers: [],
  observedAt: 0,
};

/** A program of the pod, and what it was asked; `answer` may end it. */
async function asking(
  requests: readonly StopRequest[],
  answer: (path: string, end: () => void) => number,
  { bound, isHastened = false }: { readonly bound?: number; readonly isHastened?: boolean } = {},
): Promise<{ readonly asked: string[]; readonly told: string[] }> {
  const clock = new SteppedClock();
  const ended = Promise.withResolvers<void>();
  const [asked, told]: [string[], string[]] = [[], []];
  const hastened = new AbortController();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${request.method} ${pathname}`);
    return new Response(null, { status: answer(pathname, ended.resolve) });
  });
  if (isHastened) hastened.abort();
  const { port } = server.addr;
  const work = askToStop(pod, { port, requests }, {
    engine: { execute: () => Promise.reject(new Error("the host's ports need no engine")) },
    clock,
    status: () => status,
    ended: ended.promise,
    signal: hastened.signal,
    ...(bound === undefined ? {} : { bound }),
    // What is waited for is over at once.
    tell: (text) => {
      told.push(text.replace(String(port), "P"));
      if (text.includes("waiting")) setTimeout(() => clock.advance(5000), 0);
    },
  });
  await work;
  return { asked, told };
}

const both = [{ path: "/quitquitquit", wait: 5000 }, { path: "/abortabortabort", wait: 5000 }];
const [first, second] = ["POST /quitquitquit", "POST /abortabortabort"];

Deno.test("a pod that does not end after the first request gets the second", async () => {
  const { asked, told } = await asking(both, () => 200);
  assertEquals(asked, [first, second]);
  assertEquals(told, [
    `${first} to port P: HTTP 200, waiting for 5 s at most`,
    `${second} to port P: HTTP 200, waiting for 5 s at most`,
  ]);
});

Deno.test("a pod that ends after the first request is asked nothing more", async () => {
  const { asked } = await asking(
    [{ path: "/quitquitquit", wait: 3_600_000 }, both[1] ?? both[0]].flatMap((one) =>
      one === undefined ? [] : [one]
    ),
    (_path, end) => {
      end();
      return 200;
    },
  );
  assertEquals(asked, [first]);
});

Deno.test("a request that is not taken is not waited for", async () => {
  const { asked, told } = await asking(both, (path) => path === "/quitquitquit" ? 404 : 204);
  assertEquals(asked, [first, second]);
  assertEquals(told[0], `${first} to port P: HTTP 404`);
});

Deno.test("there are no more requests than the grace has time for, and none in a hurry", async () => {
  assertEquals((await asking(both, () => 200, { bound: 4000 })).asked, [first]);
  assertEquals((await asking(both, () => 200, { isHastened: true })).asked, []);
});

Deno.test("nobody listens: told for each request, and the stop comes at once", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const told: string[] = [];
  await askToStop(pod, { port, requests: both }, {
    engine: { execute: () => Promise.reject(new Error("unused")) },
    clock: new SteppedClock(),
    status: () => status,
    ended: new Promise(() => {}),
    signal: new AbortController().signal,
    tell: (text) => told.push(text),
  });
  assertEquals(told, [first, second].map((what) => `${what} to port ${port}: nobody listens`));
});
