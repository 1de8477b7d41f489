import { writeTar } from "../../src/images/tar.ts";

/** A registry on this machine, which engines take without TLS because of its address. */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** `METHOD PATH` of the requests so far. */
  readonly requests: readonly string[];
}

/** How a registry behaves beside serving one image `NAME:TAG` of one layer. */
export interface RegistryBehaviour {
  /** Asks for this user and password. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Answers this many requests for a manifest with 503 first. */
  readonly failures?: number;
  /** Never answers requests for blobs. */
  readonly hangs?: boolean;
}

/** Serves the image `app:1`. Source: OCI distribution specification, "Pulling manifests" and "Pulling blobs". */
export async function testRegistry(behaviour: RegistryBehaviour = {}): Promise<TestRegistry> {
  const layer = await gzip(writeTar([{
    name: "marker",
    kind: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    content: crypto.getRandomValues(new Uint8Array(20_000)),
  }]));
  const plain = await digestOf(await gunzip(layer));
  const config = bytes({
    architecture: Deno.build.arch === "x86_64" ? "amd64" : "arm64",
    os: "linux",
    config: { Cmd: ["/marker"] },
    rootfs: { type: "layers", diff_ids: [plain] },
    history: [],
  });
  const blobs = new Map([[await digestOf(layer), layer], [await digestOf(config), config]]);
  const manifestType = "application/vnd.docker.distribution.manifest.v2+json";
  const manifest = bytes({
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: "application/vnd.docker.container.image.v1+json",
      size: config.length,
      digest: await digestOf(config),
    },
    layers: [{
      mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
      size: layer.length,
      digest: await digestOf(layer),
    }],
  });
  const manifestDigest = await digestOf(manifest);
  const requests: string[] = [];
  const stopped = Promise.withResolvers<void>();
  let failures = behaviour.failures ?? 0;
  const expected = behaviour.credentials === undefined
    ? undefined
    : `Basic ${btoa(`${behaviour.credentials.user}:${behaviour.credentials.password}`)}`;
  const answer = (request: Request): Response | Promise<Response> => {
    const path = new URL(request.url).pathname;
    requests.push(`${request.method} ${path}`);
    if (expected !== undefined && request.headers.get("authorization") !== expected) {
      return error(401, "UNAUTHORIZED", { "WWW-Authenticate": 'Basic realm="test"' });
    }
    if (path === "/v2/") return Response.json({});
    if (path === "/v2/app/manifests/1" || path === `/v2/app/manifests/${manifestDigest}`) {
      if (failures-- > 0) return error(503, "UNAVAILABLE");
      const headers = {
        "Content-Type": manifestType,
        "Docker-Content-Digest": manifestDigest,
        "Content-Length": String(manifest.length),
      };
      return new Response(request.method === "HEAD" ? null : manifest, { headers });
    }
    const blob = blobs.get(path.replace("/v2/app/blobs/", ""));
    if (blob === undefined) return error(404, "MANIFEST_UNKNOWN");
    return behaviour.hangs === true
      ? stopped.promise.then(() => error(503, "UNAVAILABLE"))
      : new Response(blob);
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    address: `127.0.0.1:${server.addr.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      stopped.resolve();
      await server.shutdown();
    },
  };
}

function error(status: number, code: string, headers: Record<string, string> = {}): Response {
  return Response.json({ errors: [{ code, message: code.toLowerCase() }] }, { status, headers });
}

function bytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

async function digestOf(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha256:${new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex()}`;
}

async function gzip(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([content]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function gunzip(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
