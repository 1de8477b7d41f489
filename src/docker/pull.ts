import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { Connection } from "./connection.ts";
import type { PullProgress } from "./engine.ts";
import { EngineError, hasStatus } from "./engine_error.ts";
import { formatImageReference, type ImageReference, parseImageReference } from "../pod/image_reference.ts";
import { readJsonLines } from "./json_lines.ts";
import { PullProgressReader } from "./pull_progress.ts";
import { encodeCredentials, findRegistryCredentials } from "./registry_credentials.ts";
import { Seats } from "./seats.ts";
import { Silence } from "./silence.ts";
import { maximumTries, retryPause, TimeBounds } from "./time_bounds.ts";

/**
 * Pulls at once of one registry: an engine itself loads three layers at a time, and more images only slow each other. A
 * registry that does not answer holds up no pull of another one.
 */
const pullsAtOnce = 3;

/** The first pause before a pull is tried again is this many times that of a small call. */
const patience = 10;

/** Pulls images, a few at a time. */
export class Puller {
  readonly #connection: Connection;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #seats = new Map<string, Seats>();
  readonly #atOnce: number;
  readonly #random: () => number;

  constructor(
    connection: Connection,
    environment: Readonly<Record<string, string | undefined>>,
    options: { readonly atOnce?: number; readonly random?: () => number } = {},
  ) {
    this.#connection = connection;
    this.#environment = environment;
    this.#atOnce = options.atOnce ?? pullsAtOnce;
    this.#random = options.random ?? Math.random;
  }

  /**
   * Pulls an image, with the credentials of Docker's configuration. Tried again with growing pauses when the network
   * fails, and only then.
   *
   * @throws {MesoletError} 69 when there is no such image, 77 when it is denied, 75 when the network fails or the
   *   pull stalls; the signal's reason when it is aborted, which also ends the pull in the engine
   */
  async pull(
    image: string,
    platform: string | undefined,
    signal: AbortSignal,
    onProgress: (progress: PullProgress) => void = () => {},
  ): Promise<void> {
    const reference = parseImageReference(image);
    await this.#seatsOf(reference.registry).hold(signal, async () => {
      const headers = await this.#headersFor(reference, signal);
      for (let attempt = 1;; attempt++) {
        try {
          return await this.#pullOnce(image, reference, platform, headers, signal, onProgress);
        } catch (error) {
          if (signal.aborted || attempt >= maximumTries || !isNetworkFailure(error)) throw error;
          await this.#connection.clock.sleep(patience * retryPause(attempt + 1, this.#random()), signal);
        }
      }
    });
  }

  #seatsOf(registry: string): Seats {
    const seats = this.#seats.get(registry) ?? new Seats(this.#atOnce);
    this.#seats.set(registry, seats);
    return seats;
  }

  async #headersFor(reference: ImageReference, signal: AbortSignal): Promise<Record<string, string>> {
    const sources = { environment: this.#environment, clock: this.#connection.clock };
    const credentials = await findRegistryCredentials(reference.registry, sources, signal);
    return credentials === null ? {} : { "X-Registry-Auth": encodeCredentials(credentials) };
  }

  async #pullOnce(
    image: string,
    reference: ImageReference,
    platform: string | undefined,
    headers: Record<string, string>,
    signal: AbortSignal,
    onProgress: (progress: PullProgress) => void,
  ): Promise<void> {
    const call = `pull image ${image}`;
    const silence = new Silence(this.#connection.clock, {
      call,
      bound: TimeBounds.pullSilence,
      advice: "Look at the network and the registry, and try again",
    });
    const both = AbortSignal.any([signal, silence.signal]);
    try {
      const chunks = await this.#connection.stream({
        method: "POST",
        path: "/images/create",
        query: {
          fromImage: `${reference.registry}/${reference.repository}`,
          tag: reference.digest ?? reference.tag,
          platform,
        },
        headers,
        call,
        bound: TimeBounds.pullSilence,
        signal: both,
      });
      const reader = new PullProgressReader();
      for await (const line of readJsonLines(silence.watch(chunks))) {
        const said = reader.read(line);
        if (said !== undefined) throw pullFailed(image, reference, said);
        onProgress(reader.progress());
      }
    } catch (error) {
      if (error instanceof EngineError && error.reason === "refused" && error.status !== undefined) {
        throw pullFailed(image, reference, saidBy(error), error);
      }
      throw error;
    } finally {
      silence.end();
    }
  }
}

/** What the engine said, without our words around it. */
function saidBy(error: EngineError): string {
  return error.message.replace(/^.*?: the engine says: /, "");
}

function pullFailed(
  image: string,
  reference: ImageReference,
  said: string,
  cause?: EngineError,
): EngineError {
  const call = `pull image ${image}`;
  const full = formatImageReference(reference);
  const details = { reason: "refused" as const, call, ...(cause === undefined ? {} : { cause }) };
  if (isNetworkText(said)) {
    return new EngineError(
      `Cannot ${call}: ${reference.registry} is not reached from the engine: ${said}`,
      ExitCode.temporary,
      { ...details, ...(cause?.status === undefined ? {} : { status: cause.status }) },
    );
  }
  if (/denied|unauthorized|authentication required|forbidden/i.test(said)) {
    return new EngineError(
      `Cannot ${call}: ${said}. Check the name, or log in: docker login ${reference.registry}`,
      ExitCode.permission,
      { ...details, status: 403 },
    );
  }
  if (hasStatus(cause, 404) || /not found|manifest unknown|no matching manifest|does not exist/i.test(said)) {
    return new EngineError(`Cannot ${call}: there is no ${full}: ${said}`, ExitCode.unavailable, {
      ...details,
      status: 404,
    });
  }
  return new EngineError(`Cannot ${call}: ${said}`, ExitCode.failed, {
    ...details,
    ...(cause?.status === undefined ? {} : { status: cause.status }),
  });
}

/** The words in which engines and Go's network library say that a network failed. */
function isNetworkText(said: string): boolean {
  return /connection refused|connection reset|i\/o timeout|timeout|no such host|unexpected EOF|\bEOF\b|network is unreachable|no route to host|too ?many ?requests|server misbehaving|HTTP status: 5\d\d/i
    .test(said);
}

function isNetworkFailure(error: unknown): boolean {
  if (!(error instanceof MesoletError)) return false;
  if (error instanceof EngineError && error.reason === "connection-lost") return true;
  return error instanceof EngineError && error.reason === "refused" && error.exitCode === ExitCode.temporary;
}
