import type { IncomingMessage } from "node:http";
import type { Clock } from "../../pod/clock.ts";
import { ExitCode, MesoletError } from "../../pod/errors.ts";
import { type Endpoint, formatEndpoint } from "../wire/agent_address.ts";
import { basicCredential } from "../wire/basic_credential.ts";
import { exchange, type HttpBounds } from "../wire/exchange.ts";
import { makeTransport } from "../wire/http.ts";
import type { Tls } from "../wire/tls_settings.ts";

/** How agents and masters are asked as an operator asks them. */
export interface DoorAccess {
  readonly clock: Clock;
  /** Present: they speak TLS. */
  readonly tls?: Tls;
  /** For every request: HTTP Basic. */
  readonly credential?: { readonly principal: string; readonly secret: string };
}

/** An agent or a master, as those who only look ask it. */
export interface AgentDoor {
  readonly host: DoorAddress;
  /**
   * A call of the API v1, in JSON.
   *
   * @throws {DoorRefusal} another status than 200
   * @throws {ConnectError} nothing was sent
   * @throws {ExchangeError} no answer, or a broken one
   */
  call(call: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown>;
  /** An endpoint in JSON: `/state`. Throws as {@linkcode AgentDoor.call} does. */
  get(path: string, signal: AbortSignal): Promise<unknown>;
}

/** An IPv6 address is without its brackets. */
export interface DoorAddress {
  readonly hostname: string;
  readonly port: number;
}

/** Whoever was asked answered with another status than 200. */
export class DoorRefusal extends MesoletError {
  override readonly name: string = "DoorRefusal";
  constructor(message: string, readonly status: number, readonly location: string | undefined) {
    super(message, status === 401 || status === 403 ? ExitCode.permission : ExitCode.unavailable);
  }
}

/** A large agent's `/state` takes a while to make. */
const bounds: HttpBounds = { connect: 3_000, answer: 15_000 };
/** The greatest answer that is read, in bytes: `/state` of a large cluster. */
const greatestAnswer = 256 * 1024 * 1024;

/** The door of an agent, or of a master. Each request has a connection of its own. */
export function openDoor(host: DoorAddress, access: DoorAccess): AgentDoor {
  const ask = async (
    method: string,
    path: string,
    body: Uint8Array,
    signal: AbortSignal,
  ): Promise<unknown> => {
    const endpoint = endpointOf(host, path, access);
    const transport = await makeTransport({
      endpoint,
      ...(access.tls === undefined ? {} : { tls: access.tls }),
    });
    const pool = transport.makePool();
    const where = formatEndpoint(endpoint);
    const headers: Record<string, string> = {
      Accept: "application/json",
      ...(method === "GET"
        ? {}
        : { "Content-Type": "application/json", "Content-Length": String(body.length) }),
      ...authorizationOf(access),
    };
    try {
      const answer = await exchange({
        open: () =>
          transport.begin({ host: host.hostname, port: host.port, method, path, headers, agent: pool }),
        body,
        secure: access.tls !== undefined,
        where,
        clock: access.clock,
        bounds,
        signal,
      }, readAnswer);
      if (answer.status !== 200) throw refusal(where, answer, access);
      return parse(answer.text, where);
    } finally {
      pool.destroy();
    }
  };
  return {
    host,
    call: (call, signal) => ask("POST", "/api/v1", new TextEncoder().encode(JSON.stringify(call)), signal),
    get: (path, signal) => ask("GET", path, new Uint8Array(), signal),
  };
}

/** The endpoint of a path on an agent or a master. */
export function endpointOf(host: DoorAddress, path: string, access: Pick<DoorAccess, "tls">): Endpoint {
  return { kind: "tcp", secure: access.tls !== undefined, hostname: host.hostname, port: host.port, path };
}

/** What proves to an agent or a master who asks: HTTP Basic. */
export function authorizationOf({ credential }: Pick<DoorAccess, "credential">): Record<string, string> {
  return credential === undefined ? {} : { Authorization: `Basic ${basicCredential(credential)}` };
}

interface RawAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

async function readAnswer(response: IncomingMessage): Promise<RawAnswer> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of response) {
    const bytes: Uint8Array = chunk;
    length += bytes.length;
    if (length > greatestAnswer) {
      throw new MesoletError(`an agent answers with more than ${greatestAnswer} bytes`, ExitCode.unavailable);
    }
    text += decoder.decode(bytes, { stream: true });
  }
  return {
    status: response.statusCode ?? 0,
    location: response.headers.location,
    text: text + decoder.decode(),
  };
}

function refusal(
  where: string,
  { status, location, text }: RawAnswer,
  { credential }: DoorAccess,
): DoorRefusal {
  const said = text.trim().split("\n")[0]?.slice(0, 300) ?? "";
  const who = credential === undefined ? "nobody in particular" : `the principal ${credential.principal}`;
  const why = status === 401
    ? credential === undefined
      ? "it wants to know who asks: name it with --principal and --secret-file"
      : `it does not accept the secret of ${who}: check --secret-file`
    : status === 403
    ? `it does not allow that to ${who}: its ACLs say who may`
    : said;
  return new DoorRefusal(`${where} answers ${status}${why === "" ? "" : `: ${why}`}`, status, location);
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MesoletError(
      `What answers at ${where} is no agent and no master of Mesos`,
      ExitCode.unavailable,
      {
        cause,
      },
    );
  }
}
