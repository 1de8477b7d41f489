/** One request to a registry and its answer: bounded, without following anything. */

import { Buffer } from "node:buffer";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { hostNameOf } from "./registry_settings.ts";
import type { RegistryTrust } from "./registry_trust.ts";

export interface ExchangeRequest {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a form. */
  readonly body?: string;
  readonly trust: RegistryTrust;
  /** The most bytes of an answer that are read. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** An answer is longer than it may be. */
export class AnswerTooLong extends Error {
  override readonly name = "AnswerTooLong";
}

/**
 * Sends a request. Redirects are answers like others.
 *
 * By `fetch`, which knows the proxies of the environment, wherever it can be: it verifies every certificate, so a
 * registry that is not verified is asked by `node:https`; and so is one on this host, where no proxy is.
 */
export async function exchange(request: ExchangeRequest): Promise<ExchangeAnswer> {
  const isDirect = isLoopback(request.url) || (request.url.protocol === "https:" && !request.trust.verify);
  return isDirect ? await exchangeDirectly(request) : await exchangeByFetch(request);
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostNameOf(hostname) === "::1" || hostname.startsWith("127.");
}

async function exchangeByFetch(request: ExchangeRequest): Promise<ExchangeAnswer> {
  const { method, url, headers, body, trust, limit, signal } = request;
  const client = Deno.createHttpClient({
    caCerts: [...trust.authorities],
    ...(trust.own === undefined ? {} : { cert: trust.own.certificate, key: trust.own.key }),
  });
  try {
    const answer = await fetch(url, {
      method,
      headers,
      redirect: "manual",
      signal,
      client,
      ...(body === undefined ? {} : { body }),
    });
    return {
      status: answer.status,
      header: (name) => answer.headers.get(name) ?? undefined,
      body: await readAll(answer.body ?? [], limit),
    };
  } finally {
    client.close();
  }
}

async function exchangeDirectly(request: ExchangeRequest): Promise<ExchangeAnswer> {
  const { method, url, headers, body, trust, limit, signal } = request;
  signal.throwIfAborted();
  const isSecure = url.protocol === "https:";
  const options = {
    method,
    headers: {
      ...headers,
      ...(body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) }),
    },
    agent: false as const,
  };
  const tls = {
    rejectUnauthorized: trust.verify,
    ...(trust.authorities.length === 0 ? {} : { ca: [...trust.authorities] }),
    ...(trust.own === undefined ? {} : { cert: trust.own.certificate, key: trust.own.key }),
  };
  return await new Promise<ExchangeAnswer>((resolve, reject) => {
    const sent = isSecure ? secureRequest(url, { ...options, ...tls }) : plainRequest(url, options);
    const onAbort = () => {
      reject(signal.reason);
      sent.destroy();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const over = () => signal.removeEventListener("abort", onAbort);
    sent.on("error", (error: Error) => {
      over();
      reject(error);
    });
    sent.on("response", (answer) => {
      readAll(answer, limit).then((bytes) => {
        resolve({
          status: answer.statusCode ?? 0,
          header: (name) => {
            const value = answer.headers[name.toLowerCase()];
            return Array.isArray(value) ? value.join(", ") : value;
          },
          body: bytes,
        });
      }, reject).finally(() => {
        over();
        sent.destroy();
      });
    });
    sent.end(body);
  });
}

async function readAll(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limit: number,
): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) throw new AnswerTooLong(`it answers more than ${limit} bytes`);
    read.push(chunk);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of read) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
