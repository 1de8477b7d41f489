import { run } from "../../scripts/engine/host_command.ts";

/** A server that gives out tokens for a registry, to `me` with the password `pass` and to the identity token `identity`. */
export interface RegistryTokens extends AsyncDisposable {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** Of the certificate that tokens are signed with. */
  readonly certificateFile: string;
  /** `METHOD scope` of the requests so far. */
  readonly requests: readonly string[];
  /** A token for a scope such as `repository:app:pull,push`, for tests themselves. */
  token(scope: string): Promise<string>;
}

/** How a token server behaves. */
export interface TokenBehaviour {
  /** Gives them out to everybody. */
  readonly anonymous?: boolean;
  /** Seconds that it says a token lives. */
  readonly life?: number;
}

/** Source: the distribution project, "Token Authentication Specification" and "Token Authentication Implementation". */
export async function registryTokens(behaviour: TokenBehaviour = {}): Promise<RegistryTokens> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-tokens-" });
  const [keyFile, certificateFile] = [`${directory}/key.pem`, `${directory}/cert.pem`];
  await run(
    "openssl",
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
    ...["-keyout", keyFile, "-out", certificateFile, "-subj", "/CN=tokens"],
  );
  const key = await crypto.subtle.importKey(
    "pkcs8",
    Uint8Array.fromBase64(bodyOf(await Deno.readTextFile(keyFile))),
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const chain = [bodyOf(await Deno.readTextFile(certificateFile))];
  const [service, issuer] = ["the registry", "tokens of a test"];
  const requests: string[] = [];

  const token = async (scope: string): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    const [type = "", name = "", actions = ""] = scope.split(":");
    const claims = {
      iss: issuer,
      aud: service,
      sub: "me",
      jti: crypto.randomUUID(),
      nbf: now - 60,
      iat: now,
      exp: now + 600,
      access: [{ type, name, actions: actions.split(",") }],
    };
    const head = `${encoded({ typ: "JWT", alg: "RS256", x5c: chain })}.${encoded(claims)}`;
    const signature = await crypto.subtle.sign(key.algorithm.name, key, new TextEncoder().encode(head));
    return `${head}.${new Uint8Array(signature).toBase64({ alphabet: "base64url", omitPadding: true })}`;
  };

  const answer = async (request: Request): Promise<Response> => {
    const wish = request.method === "POST"
      ? new URLSearchParams(await request.text())
      : new URL(request.url).searchParams;
    const scope = wish.get("scope") ?? "";
    requests.push(`${request.method} ${scope}`);
    const isKnown = request.method === "POST"
      ? wish.get("refresh_token") === "identity"
      : request.headers.get("authorization") === `Basic ${btoa("me:pass")}`;
    if (wish.get("service") !== service) return new Response("which service?", { status: 400 });
    if (!isKnown && behaviour.anonymous !== true) return new Response("who are you?", { status: 401 });
    const name = request.method === "POST" ? "access_token" : "token";
    return Response.json({ [name]: await token(scope), expires_in: behaviour.life ?? 300 });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    realm: `http://127.0.0.1:${server.addr.port}/token`,
    service,
    issuer,
    certificateFile,
    requests,
    token,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** What stands between the lines of a PEM file. */
function bodyOf(pem: string): string {
  return pem.replaceAll(/-----[^-]*-----|\s/g, "");
}

function encoded(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}
