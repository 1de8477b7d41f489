/** A request as it goes over the wire. */
export interface TransportRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** Path and query, the version of the API included. */
  readonly target: string;
  /** Without those that frame the message: host, connection and the length of the content. */
  readonly headers: Readonly<Record<string, string>>;
  readonly content?: TransportContent | undefined;
}

/** What a request carries: all at once, or as it comes, which can be sent once. */
export type TransportContent = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;

/** The beginning of an answer, with the rest still to be read. */
export interface TransportAnswer {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Ends with the answer; throws when the connection breaks before. To be read once. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection. To be called once the answer is read, or not wanted any more. */
  close(): void;
}

/** What carries requests to an engine, each over a connection of its own. */
export interface Transport {
  /**
   * Sends a request. When `signal` is aborted, the connection is ended, also while the body is read.
   *
   * @throws the error of the connection as the system reports it, with its `code`
   */
  send(request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer>;
}
