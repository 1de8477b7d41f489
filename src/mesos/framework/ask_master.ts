import type { Clock } from "../../pod/clock.ts";
import { ExitCode, MesoletError } from "../../pod/errors.ts";
import { objectOf } from "../../pod/json.ts";
import { formatHost } from "../detector/master_address.ts";
import type { LocatedMaster, MasterLocator } from "../detector/master_locator.ts";
import { basicCredential } from "../wire/basic_credential.ts";
import { type Answer, connectAgent } from "../wire/http.ts";
import type { Tls } from "../wire/tls_settings.ts";
import { inWords } from "./session/judge_answer.ts";

/** A master does not tell. */
export class MasterRefusal extends MesoletError {
  override readonly name = "MasterRefusal";

  constructor(readonly status: number, message: string) {
    super(message, status === 401 || status === 403 ? ExitCode.permission : ExitCode.unavailable);
  }
}

/** Whom to ask, and how. */
export interface MasterAccess {
  readonly locator: MasterLocator;
  readonly tls?: Tls;
  readonly credential?: { readonly principal: string; readonly secret: string };
  readonly clock: Clock;
}

/** From the question to the end of its answer, in milliseconds. */
const answerBound = 30_000;
/** A list of all frameworks has their offers in it. */
const longestAnswer = 64 * 1024 * 1024;
/** How many redirections are followed. */
const longestWay = 5;

/**
 * Asks the leading master by its API v1 for operators, in JSON: `{ "type": "GET_FRAMEWORKS" }`.
 *
 * @returns the member of the answer that is called like its type: of `get_frameworks`
 * @throws {MasterRefusal} another answer than 200
 * @throws {MesoletError} no answer, or one that cannot be read
 * @throws the signal's reason when it is aborted
 */
export async function askMaster(
  access: MasterAccess,
  type: string,
  signal: AbortSignal,
  onWait: (reason: string) => void,
): Promise<unknown> {
  const { locator } = access;
  for (let way = 0;; way++) {
    const master = await locator.find(signal, onWait);
    const where = `the master at ${formatHost(master)}`;
    let answer: Answer;
    try {
      answer = await askOnce(access, master, type, signal);
    } catch (error) {
      signal.throwIfAborted();
      locator.failed(master);
      throw error;
    }
    if (answer.status === 307 && way < longestWay) {
      if (locator.redirected(master, answer.headers.get("Location") ?? "")) continue;
    }
    if (answer.status !== 200) {
      if (answer.status >= 500 || answer.status === 307 || answer.status === 404) locator.failed(master);
      throw new MasterRefusal(answer.status, `${where} refuses ${type}: ${inWords(answer)}`);
    }
    return memberOf(answer.text, type.toLowerCase(), where);
  }
}

async function askOnce(
  { tls, credential, clock }: MasterAccess,
  master: LocatedMaster,
  type: string,
  signal: AbortSignal,
): Promise<Answer> {
  const connection = connectAgent({
    endpoint: { kind: "tcp", ...master, path: "/api/v1" },
    media: "application/json",
    ...(tls === undefined ? {} : { tls }),
    ...(credential === undefined ? {} : {
      headers: { Authorization: `Basic ${basicCredential(credential)}` },
    }),
    clock,
    bounds: { answer: answerBound },
    textLimit: longestAnswer,
  });
  try {
    return await connection.call(new TextEncoder().encode(JSON.stringify({ type })), signal);
  } finally {
    connection.close();
  }
}

function memberOf(text: string, name: string, where: string): unknown {
  try {
    return objectOf(JSON.parse(text))[name];
  } catch (cause) {
    throw new MesoletError(`${where} does not answer as a master of Mesos`, ExitCode.unavailable, { cause });
  }
}
