import type { RegistryCredentials } from "../../src/docker/registry_credentials.ts";
import type { Clock } from "../../src/pod/clock.ts";
import { ExitCode } from "../../src/pod/errors.ts";
import { digestOf } from "../../src/registry/manifest.ts";
import { RegistryBounds } from "../../src/registry/registry_bounds.ts";
import { RegistryClient } from "../../src/registry/registry_client.ts";
import { RegistryError } from "../../src/registry/registry_error.ts";
import { usualRegistrySettings } from "../../src/registry/registry_settings.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../support/assert.ts";

const never = new AbortController().signal;
const type = "application/vnd.oci.image.manifest.v1+json";
const manifest = new TextEncoder().encode('{"schemaVersion":2}');
const digest = digestOf(manifest);
const me: RegistryCredentials = { username: "me", password: "pass", serveraddress: "" };

/** Pauses between tries are over at once and written down; bounds are never reached. */
function pausingClock(pauses: number[]): Clock {
  return {
    now: () => Date.parse("2026-01-01T00:00:00Z"),
    elapsed: () => 0,
    sleep: (milliseconds, signal) => {
      if (milliseconds !== RegistryBounds.request && milliseconds !== RegistryBounds.image) {
        pauses.push(milliseconds);
        return Promise.resolve();
      }
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    },
  };
}

interface Asked {
  readonly requests: readonly string[];
  readonly pauses: readonly number[];
}

/** Asks a server that behaves so for the digest of `app:1`. */
async function ask(
  behave: (request: Request, number: number, address: string) => Response | Promise<Response>,
  work: (digest: Promise<string>, asked: Asked) => Promise<void>,
  credentials: RegistryCredentials | null = null,
): Promise<void> {
  const [requests, pauses]: [string[], number[]] = [[], []];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname, host } = new URL(request.url);
    const authorization = request.headers.get("authorization");
    requests.push(`${request.method} ${pathname}${authorization === null ? "" : ` ${authorization}`}`);
    return behave(request, requests.length, host);
  });
  const client = new RegistryClient({
    clock: pausingClock(pauses),
    random: () => 0,
    certificateDirectories: [],
    findCredentials: () => Promise.resolve(credentials),
    settings: usualRegistrySettings,
  });
  try {
    await work(client.digestOf(`127.0.0.1:${server.addr.port}/app:1`, never), { requests, pauses });
  } finally {
    await server.shutdown();
  }
}

const found = (request: Request, headers: Record<string, string> = { "Docker-Content-Digest": digest }) =>
  new Response(request.method === "HEAD" ? null : manifest, {
    headers: { "Content-Type": type, ...headers },
  });

Deno.test("registry: who has too much to do is asked again, when it says or with growing pauses", async () => {
  const answers = [
    new Response(null, { status: 429, headers: { "Retry-After": "7" } }),
    new Response(null, { status: 503, headers: { "Retry-After": "Thu, 01 Jan 2026 00:00:03 GMT" } }),
    new Response(null, { status: 500 }),
  ];
  await ask(
    (request, number) => answers[number - 1] ?? found(request),
    async (asked, { requests, pauses }) => {
      assertEquals(await asked, digest);
      assertEquals(requests, Array.from({ length: 4 }, () => "HEAD /v2/app/manifests/1"));
      assertEquals(pauses, [7_000, 3_000, 2_000]);
    },
  );
});

Deno.test("registry: it is not asked for ever, and no longer pause is made than a launch may wait", async () => {
  const busy = () => new Response(null, { status: 429, headers: { "Retry-After": "86400" } });
  await ask(busy, async (asked, { requests, pauses }) => {
    const error = await assertRejects(() => asked, RegistryError, "too many requests");
    assertEquals(error.exitCode, ExitCode.temporary);
    assertEquals([requests.length, pauses], [4, [30_000, 30_000, 30_000]]);
  });
});

Deno.test("registry: what has no HEAD, or no digest in it, is hashed", async () => {
  for (const head of [405, 501]) {
    await ask(
      (request) => request.method === "HEAD" ? new Response(null, { status: head }) : found(request, {}),
      async (asked, { requests }) => {
        assertEquals(await asked, digest);
        assertEquals(requests, ["HEAD /v2/app/manifests/1", "GET /v2/app/manifests/1"]);
      },
    );
  }
  await ask((request) => found(request, {}), async (asked) => assertEquals(await asked, digest));
  const other = digestOf(new Uint8Array());
  const lies = (request: Request) =>
    request.method === "HEAD"
      ? found(request, { "Docker-Content-Digest": "sha256:short" })
      : found(request, { "Docker-Content-Digest": other });
  await ask(lies, async (asked) => {
    await assertRejects(() => asked, RegistryError, `it says ${other}`);
  });
});

Deno.test("registry: an old manifest, and one without an end, are refused", async () => {
  const old = (request: Request) =>
    new Response(request.method === "HEAD" ? null : manifest, {
      headers: { "Content-Type": "application/vnd.docker.distribution.manifest.v1+prettyjws; charset=utf-8" },
    });
  await ask(old, async (asked) => {
    await assertRejects(() => asked, RegistryError, "manifest.v1+prettyjws");
  });
  const endless = (request: Request) =>
    request.method === "HEAD" ? new Response(null, { status: 405 }) : new Response(
      new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)) }),
      { headers: { "Content-Type": type } },
    );
  await ask(endless, async (asked) => {
    await assertRejects(() => asked, RegistryError, `more than ${RegistryBounds.manifest} bytes`);
  });
});

Deno.test("registry: credentials are shown to the registry, and to nobody it redirects to", async () => {
  const seen: (string | null)[] = [];
  const other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    seen.push(request.headers.get("authorization"));
    return found(request);
  });
  try {
    const behave = (request: Request) => {
      if (!request.headers.has("authorization")) {
        return new Response(null, { status: 401, headers: { "WWW-Authenticate": "Basic" } });
      }
      const location = `http://127.0.0.1:${other.addr.port}/elsewhere`;
      return new Response(null, { status: 307, headers: { Location: location } });
    };
    await ask(behave, async (asked, { requests }) => {
      assertEquals(await asked, digest);
      const path = "HEAD /v2/app/manifests/1";
      assertEquals(requests, [path, `${path} Basic ${btoa("me:pass")}`]);
      assertEquals(seen, [null]);
    }, me);
  } finally {
    await other.shutdown();
  }
  const round = () => new Response(null, { status: 302, headers: { Location: "/v2/app/manifests/1" } });
  await ask(round, async (asked) => {
    await assertRejects(() => asked, RegistryError, "on and on");
  });
});

Deno.test("registry: a token that is no longer taken is renewed once", async () => {
  let tokens = 0;
  const takes = (token: string) => (request: Request, _: number, address: string) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/token") return Response.json({ token: `t${++tokens}` });
    if (request.headers.get("authorization") === `Bearer ${token}`) return found(request);
    const challenge = `Bearer realm="http://${address}/token",scope="repository:app:pull"`;
    return new Response(null, { status: 401, headers: { "WWW-Authenticate": challenge } });
  };
  await ask(takes("t1"), async (asked, { requests }) => {
    assertEquals(await asked, digest);
    assertEquals(requests.length, 3);
  });
  // A registry that takes none is not asked on and on.
  await ask(takes("none"), async (asked, { requests }) => {
    const error = await assertRejects(() => asked, RegistryError);
    assertEquals(error.exitCode, ExitCode.permission);
    assertEquals(requests.length, 3);
  });
  const broken = (request: Request, _: number, address: string) =>
    new URL(request.url).pathname === "/token" ? new Response("{}") : new Response(null, {
      status: 401,
      headers: { "WWW-Authenticate": `Bearer realm="http://${address}/token"` },
    });
  await ask(broken, async (asked) => {
    const error = await assertRejects(() => asked, RegistryError);
    assertStringIncludes(error.message, "answers without a token");
  });
});
