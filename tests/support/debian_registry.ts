import { findProgram, run } from "../../scripts/engine/host_command.ts";
import { basic } from "../../src/registry/bearer_tokens.ts";
import { digestOf } from "../../src/registry/manifest.ts";
import type { RegistryTokens } from "./registry_tokens.ts";
import { waitUntil } from "./wait.ts";

/** How Debian's registry is set up. */
export interface DebianRegistrySetup {
  /** `htpasswd`: the user `me` with the password `pass`. A token server: whoever has a token of it. */
  readonly access?: "htpasswd" | RegistryTokens;
  /** By a certificate for its address and no authority that anybody knows. */
  readonly tls?: boolean;
  /** Where it listens; by default loopback, which engines take without TLS. */
  readonly hostname?: string;
  /** With TLS: lets only those in who show its own certificate. */
  readonly wantsCertificate?: boolean;
  /** Loads what it lacks from another one, as a mirror does. */
  readonly mirrorOf?: string;
}

/** The user of `htpasswd`. */
export const registryUser = { username: "me", password: "pass" } as const;

/** By bcrypt, the only way that the registry knows: `me:pass`. */
const htpasswd = "me:$2y$05$abcdefghijklmnopqrstuuZFBUbfXoM8LFiPx8LYlO/sXZB/Cwk3K\n";

/**
 * Debian's docker-registry in a process of its own, on an empty directory. What it is asked is counted from its own log.
 * `deno task test` installs it for test files that import this one.
 */
export class DebianRegistry implements AsyncDisposable {
  /** `127.0.0.1:PORT`, as images name it. */
  readonly address: string;
  readonly #directory: string;
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #requests: string[] = [];
  readonly #setup: DebianRegistrySetup;

  private constructor(
    setup: DebianRegistrySetup,
    parts: { readonly address: string; readonly directory: string; readonly process: Deno.ChildProcess },
  ) {
    this.#setup = setup;
    this.address = parts.address;
    this.#directory = parts.directory;
    this.#process = parts.process;
    this.#reading = this.#readLog();
  }

  static async start(setup: DebianRegistrySetup = {}): Promise<DebianRegistry> {
    const program = findProgram("docker-registry");
    if (program === undefined) {
      throw new Error("docker-registry is missing: deno task test installs it for root");
    }
    const directory = await Deno.makeTempDir({ prefix: "mesolet-registry-" });
    const hostname = setup.hostname ?? "127.0.0.1";
    const address = `${hostname}:${freePort(hostname)}`;
    if (setup.tls === true) await makeCertificate(directory, hostname);
    await Deno.writeTextFile(`${directory}/htpasswd`, htpasswd);
    await Deno.writeTextFile(`${directory}/config.yml`, JSON.stringify(configOf(setup, address, directory)));
    const process = new Deno.Command(program, {
      args: ["serve", `${directory}/config.yml`],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const registry = new DebianRegistry(setup, { address, directory, process });
    await waitUntil("the registry listens", () => connects(hostname, Number(address.split(":").at(-1))));
    return registry;
  }

  /** `METHOD PATH` of the requests so far, those of {@linkcode put} left out. */
  get requests(): readonly string[] {
    return this.#requests;
  }

  /** PEM text of the certificate, which is its own authority. */
  get certificate(): string {
    return Deno.readTextFileSync(`${this.#directory}/cert.pem`);
  }

  /** The key of the certificate, as PEM text. */
  get key(): string {
    return Deno.readTextFileSync(`${this.#directory}/key.pem`);
  }

  #client(): Deno.HttpClient {
    if (this.#setup.tls !== true) return Deno.createHttpClient({});
    const own = this.#setup.wantsCertificate === true ? { cert: this.certificate, key: this.key } : {};
    return Deno.createHttpClient({ caCerts: [this.certificate], ...own });
  }

  /** Puts a manifest under a tag, and gives its digest. Blobs that it names are taken for granted where it is an index. */
  async put(repository: string, tag: string, content: unknown, mediaType: string): Promise<string> {
    const bytes = new TextEncoder().encode(JSON.stringify(content));
    await this.#send(repository, "PUT", `manifests/${tag}`, bytes, mediaType);
    return digestOf(bytes);
  }

  /** Puts an image of an empty layer, told apart by its `label`. */
  async putImage(repository: string, tag: string, label: string, oci = false): Promise<string> {
    const config = await this.#putBlob(repository, {
      architecture: "amd64",
      os: "linux",
      config: { Labels: { label } },
      rootfs: { type: "layers", diff_ids: [] },
    });
    const docker = "application/vnd.docker";
    const mediaType = oci
      ? "application/vnd.oci.image.manifest.v1+json"
      : `${docker}.distribution.manifest.v2+json`;
    return await this.put(repository, tag, {
      schemaVersion: 2,
      mediaType,
      config: {
        mediaType: oci ? "application/vnd.oci.image.config.v1+json" : `${docker}.container.image.v1+json`,
        ...config,
      },
      layers: [],
    }, mediaType);
  }

  async #putBlob(
    repository: string,
    content: unknown,
  ): Promise<{ readonly digest: string; readonly size: number }> {
    const bytes = new TextEncoder().encode(JSON.stringify(content));
    const digest = digestOf(bytes);
    const begun = await this.#send(repository, "POST", "blobs/uploads/");
    const place = new URL(begun.headers.get("location") ?? "", this.#base);
    place.searchParams.set("digest", digest);
    await this.#send(repository, "PUT", place, bytes, "application/octet-stream");
    return { digest, size: bytes.length };
  }

  async #send(
    repository: string,
    method: string,
    path: string | URL,
    body?: Uint8Array<ArrayBuffer>,
    type?: string,
  ): Promise<Response> {
    const { access } = this.#setup;
    const authorization = access === undefined
      ? undefined
      : access === "htpasswd"
      ? basic({ ...registryUser, serveraddress: "" })
      : `Bearer ${await access.token(`repository:${repository}:pull,push`)}`;
    const client = this.#client();
    try {
      const answer = await fetch(path instanceof URL ? path : `${this.#base}/v2/${repository}/${path}`, {
        method,
        client,
        headers: {
          "User-Agent": pusher,
          ...(authorization === undefined ? {} : { Authorization: authorization }),
          ...(type === undefined ? {} : { "Content-Type": type }),
        },
        ...(body === undefined ? {} : { body }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`Cannot ${method} ${path}: ${answer.status} ${text}`);
      return answer;
    } finally {
      client.close();
    }
  }

  get #base(): string {
    return `${this.#setup.tls === true ? "https" : "http"}://${this.address}`;
  }

  /** Fulfilled when all requests up to now are in {@linkcode requests}. */
  async settle(): Promise<void> {
    const mark = `/v2/mark-${crypto.randomUUID()}/tags/list`;
    const client = this.#client();
    await (await fetch(`${this.#base}${mark}`, { client })).body?.cancel();
    client.close();
    await waitUntil(
      "the registry has written its log",
      () => this.#requests.some((line) => line.includes(mark)),
    );
    this.#requests.splice(this.#requests.findIndex((line) => line.includes(mark)), 1);
  }

  /** The access log has a line in the format of Apache for each request. */
  async #readLog(): Promise<void> {
    let rest = "";
    for await (const text of this.#process.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const request = /"([A-Z]+ \/v2\/\S*) HTTP\/[\d.]+" \d+ \d+ "[^"]*" "([^"]*)"/.exec(line);
        if (request?.[1] !== undefined && request[2] !== pusher) this.#requests.push(request[1]);
      }
    }
  }

  async stop(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It was stopped before.
    }
    await this.#process.status;
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.#directory, { recursive: true });
  }
}

const pusher = "mesolet-test-pusher";

function configOf(setup: DebianRegistrySetup, address: string, directory: string): unknown {
  const { access, tls, mirrorOf } = setup;
  return {
    version: "0.1",
    log: { accesslog: { disabled: false }, level: "error" },
    storage: { filesystem: { rootdirectory: `${directory}/data` }, delete: { enabled: true } },
    http: {
      addr: address,
      secret: "secret",
      ...(tls === true
        ? {
          tls: {
            certificate: `${directory}/cert.pem`,
            key: `${directory}/key.pem`,
            ...(setup.wantsCertificate === true ? { clientcas: [`${directory}/cert.pem`] } : {}),
          },
        }
        : {}),
    },
    // An index in a test names images for platforms that are not there.
    validation: { disabled: true },
    ...(mirrorOf === undefined ? {} : { proxy: { remoteurl: mirrorOf } }),
    ...(access === undefined ? {} : {
      auth: access === "htpasswd"
        ? { htpasswd: { realm: "test, with a comma", path: `${directory}/htpasswd` } }
        : {
          token: {
            realm: access.realm,
            service: access.service,
            issuer: access.issuer,
            rootcertbundle: access.certificateFile,
          },
        },
    }),
  };
}

async function makeCertificate(directory: string, hostname: string): Promise<void> {
  await run(
    "openssl",
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
    ...["-keyout", `${directory}/key.pem`, "-out", `${directory}/cert.pem`],
    ...["-subj", "/CN=registry", "-addext", `subjectAltName=IP:${hostname}`],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
  );
}

function freePort(hostname: string): number {
  const listener = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function connects(hostname: string, port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname, port })).close();
    return true;
  } catch {
    return false;
  }
}
