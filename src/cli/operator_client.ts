import { isObject, textOf } from "../pod/json.ts";
import type { Clock } from "../pod/clock.ts";
import { ExitCode, MesoletError, UsageError } from "../pod/errors.ts";
import { suggestionFor } from "../pod/suggestion.ts";
import type { BoardRecord, PodRecord } from "../status/pod_record.ts";
import { type OperatorAddress, parseOperatorAddress } from "./operator_address.ts";
import { readBoard, readPod } from "./operator_records.ts";
import { askOperator, type OperatorBounds, OperatorUnreachable, usualBounds } from "./operator_request.ts";

/**
 * Reads of an operator over HTTP. Each method throws {@linkcode OperatorUnreachable} when nobody answers, the signal's
 * reason when it is aborted, and an error for people for every other answer than the one that was asked for.
 */
export interface OperatorClient {
  readonly address: OperatorAddress;
  /** `/v1/pods`. */
  board(signal: AbortSignal): Promise<BoardRecord>;
  /**
   * `/v1/pods/NAME`.
   *
   * @throws {UsageError} there is no such pod; with the nearest name
   */
  pod(name: string, signal: AbortSignal): Promise<PodRecord>;
  /**
   * Any other answer in JSON. The caller reads its members and passes over what it does not know.
   *
   * @param path from `/v1/…` on, {@linkcode operatorPath} makes it
   * @throws {OperatorRefusal} another status than 200
   */
  json(path: string, signal: AbortSignal): Promise<unknown>;
  /**
   * The lines of an answer as they come. When the operator ends it, they end; when the connection breaks, it throws.
   *
   * @throws {OperatorRefusal} another status than 200
   */
  lines(
    path: string,
    options: { readonly accept: string; readonly silence?: number; readonly lastEvent?: string },
    signal: AbortSignal,
  ): AsyncIterable<string>;
}

/** An operator answered, and not with what was asked for. */
export class OperatorRefusal extends MesoletError {
  override readonly name: string = "OperatorRefusal";
  constructor(message: string, readonly status: number) {
    super(message, ExitCode.failed);
  }
}

/** The greatest answer in JSON that is read, in bytes: 10,000 pods with all that there is to say about them. */
const greatestAnswer = 256 * 1024 * 1024;
/** The greatest line of a stream, in characters. */
const greatestLine = 16 * 1024 * 1024;

/**
 * The operator of `--operator`.
 *
 * @param address as the user wrote it
 * @throws {UsageError} it is no address
 */
export function openOperator(
  address: string,
  options: { readonly clock: Clock; readonly bounds?: OperatorBounds },
): OperatorClient {
  return new HttpOperator(parseOperatorAddress(address), options.clock, options.bounds ?? usualBounds);
}

/** A path with its parts and its query encoded: `operatorPath(["v1", "pods", name], { tail: "5" })`. */
export function operatorPath(
  parts: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
  const text = search.toString();
  return `/${parts.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

class HttpOperator implements OperatorClient {
  constructor(
    readonly address: OperatorAddress,
    private readonly clock: Clock,
    private readonly bounds: OperatorBounds,
  ) {}

  async board(signal: AbortSignal): Promise<BoardRecord> {
    const board = readBoard(await this.json("/v1/pods", signal));
    if (board === undefined) throw this.#stranger();
    return board;
  }

  async pod(name: string, signal: AbortSignal): Promise<PodRecord> {
    try {
      const pod = readPod(await this.json(operatorPath(["v1", "pods", name]), signal));
      if (pod === undefined) throw this.#stranger();
      return pod;
    } catch (error) {
      if (!(error instanceof OperatorRefusal) || error.status !== 404) throw error;
      const { pods } = await this.board(signal);
      const near = suggestionFor(name, pods.map((pod) => pod.name));
      throw new UsageError(
        `the operator at ${this.address.text} has no pod ${name}${
          near === undefined ? ": mesolet ps --operator lists them" : `: did you mean ${near}?`
        }`,
      );
    }
  }

  async json(path: string, signal: AbortSignal): Promise<unknown> {
    const { status, type, body } = await this.#ask(path, "application/json", this.bounds, {}, signal);
    const text = await wholeText(body, greatestAnswer);
    if (status !== 200) throw this.#refusal(path, status, type, text);
    try {
      return JSON.parse(text);
    } catch {
      throw this.#stranger();
    }
  }

  async *lines(
    path: string,
    options: { readonly accept: string; readonly silence?: number; readonly lastEvent?: string },
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const bounds = {
      answer: this.bounds.answer,
      ...(options.silence === undefined ? {} : { silence: options.silence }),
    };
    const headers: Record<string, string> = options.lastEvent === undefined
      ? {}
      : { "Last-Event-ID": options.lastEvent };
    const { status, type, body } = await this.#ask(path, options.accept, bounds, headers, signal);
    if (status !== 200) throw this.#refusal(path, status, type, await wholeText(body, greatestLine));
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of body) {
      const [first = "", ...more] = decoder.decode(bytes, { stream: true }).split("\n");
      rest += first;
      for (const next of more) {
        yield rest;
        rest = next;
      }
      if (rest.length > greatestLine) throw this.#stranger();
    }
    // What has no end yet was cut off.
  }

  #ask(
    path: string,
    accept: string,
    bounds: OperatorBounds,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) {
    const { address, clock } = this;
    return askOperator({ address, path, headers: { Accept: accept, ...headers }, bounds, clock }, signal);
  }

  #refusal(path: string, status: number, type: string, text: string): MesoletError {
    const said = type === "application/json" ? errorIn(text) : type === "text/plain" ? text.trim() : "";
    if (status === 404 && type !== "application/json" && /^\/v1\/(pods|events)$/.test(path)) {
      return this.#stranger();
    }
    return new OperatorRefusal(
      `the operator at ${this.address.text} answers ${status}: ${said === "" ? `no ${path} there` : said}`,
      status,
    );
  }

  #stranger(): MesoletError {
    return new OperatorRefusal(
      `what answers at ${this.address.text} is no operator of mesolet: check --operator or MESOLET_OPERATOR`,
      200,
    );
  }
}

function errorIn(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? textOf(value["error"]) : "";
  } catch {
    return "";
  }
}

async function wholeText(body: AsyncIterable<Uint8Array>, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const bytes of body) {
    length += bytes.length;
    if (length > most) throw new OperatorUnreachable(`the operator answers with more than ${most} bytes`);
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}
