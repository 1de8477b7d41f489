import { isObject, numberOf } from "../docker/json.ts";

/** What a stream of an operator's events tells. */
export type ServerMessage =
  | { readonly kind: "event"; readonly data: unknown }
  /** Events that the operator has forgotten before they were read. */
  | { readonly kind: "gap"; readonly from: number; readonly to: number }
  | { readonly kind: "other" };

/**
 * Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) line by line, over several
 * connections: each event once.
 */
export class EventReader {
  #lastId: string | undefined;
  #id: string | undefined;
  #event = "";
  #data: string[] = [];

  /** For `Last-Event-ID`; absent: no message with an id has come. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** A new connection: what was read of a message on the one before is worth nothing. */
  begin(): void {
    this.#id = undefined;
    this.#event = "";
    this.#data = [];
  }

  /** @returns a message, when the line ends one that is new */
  take(line: string): ServerMessage | undefined {
    const text = line.replace(/\r$/, "");
    if (text === "") return this.#end();
    const colon = text.indexOf(":");
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "id") this.#id = value;
    if (field === "event") this.#event = value;
    if (field === "data") this.#data.push(value);
    return undefined;
  }

  #end(): ServerMessage | undefined {
    const [id, event, data] = [this.#id, this.#event, this.#data];
    this.begin();
    if (id !== undefined) {
      const isOld = id === this.#lastId;
      this.#lastId = id;
      if (isOld) return { kind: "other" };
    }
    if (data.length === 0) return undefined;
    const value = parse(data.join("\n"));
    if (event === "gap" && isObject(value)) {
      return { kind: "gap", from: numberOf(value["from"]), to: numberOf(value["to"]) };
    }
    return event === "" || event === "message" ? { kind: "event", data: value } : { kind: "other" };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
