/** Offers as people have them in a file: the JSON of Mesos, with or without what it came in. */

import { ExitCode, MesoletError, messageOf } from "../../../pod/errors.ts";
import { isObject, type JsonObject } from "../../../pod/json.ts";
import { decodeSchedulerEvent } from "../../wire/codec.ts";
import type { Offer, SchedulerEvent } from "../../wire/messages.ts";
import { WireError } from "../../wire/wire_error.ts";

/** What a file says of a cluster. */
export interface OffersDocument {
  /** Of an agent and a role those that came last. */
  readonly offers: readonly Offer[];
  /** Of the master, where a recorded SUBSCRIBED tells it. */
  readonly region?: string;
}

/** An offer, and where it stands in the file. */
interface Found {
  readonly value: unknown;
  readonly path: string;
}

/** How many problems are told. */
const mostProblems = 20;

/**
 * Reads an OFFERS event, `{"offers": […]}`, a list of offers, or lines with one event each, as they were recorded (an
 * event may be the `body` of its line). `id` and `framework_id`, which a hand-written offer has no use for, may be missing.
 *
 * @throws {MesoletError} where there is no offer in it, or one that is wrong: a line for each, with its field
 */
export function readOffers(text: string): OffersDocument {
  const whole = parsed(text);
  if (whole.ok) {
    const found = offersIn(whole.value, "");
    if (found === undefined) {
      throw refused([
        'it has no offers: an OFFERS event, {"offers": […]}, a list of offers, or lines with one event each are read',
      ]);
    }
    return { offers: decodeAll(found) };
  }
  return readLines(text, whole.why);
}

function readLines(text: string, why: string): OffersDocument {
  const lines = text.split("\n").map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== "");
  const latest = new Map<string, readonly Offer[]>();
  let region: string | undefined;
  let events = 0;
  for (const { line, number } of lines) {
    const one = parsed(line);
    if (!one.ok) {
      throw refused([
        lines.length === 1 || events === 0
          ? `it is not JSON: ${why}`
          : `line ${number} is not JSON: ${one.why}`,
      ]);
    }
    const event = isObject(one.value) && isObject(one.value["body"]) ? one.value["body"] : one.value;
    if (isObject(event) && event["type"] === "SUBSCRIBED") region = regionOf(event) ?? region;
    const found = offersIn(event, `line ${number}: `);
    if (found === undefined) continue;
    events++;
    for (const [key, offers] of byAgent(decodeAll(found))) latest.set(key, offers);
  }
  if (events === 0) throw refused(["none of its lines is an OFFERS event"]);
  return { offers: [...latest.values()].flat(), ...(region === undefined ? {} : { region }) };
}

/** Undefined: the value is nothing that has offers. */
function offersIn(value: unknown, path: string): readonly Found[] | undefined {
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown, index): readonly Found[] =>
      // A list of events is one of their offers.
      (isObject(each) && each["type"] !== undefined ? offersIn(each, `${path}[${index}].`) : undefined) ??
        [{ value: each, path: `${path}[${index}]` }]
    );
  }
  if (!isObject(value)) return undefined;
  if (value["type"] !== undefined && value["type"] !== "OFFERS") return undefined;
  const { offers } = value;
  if (Array.isArray(offers)) {
    return offers.map((each: unknown, index) => ({ value: each, path: `${path}offers[${index}]` }));
  }
  return isObject(offers) ? offersIn(offers, `${path}offers.`) : undefined;
}

function decodeAll(found: readonly Found[]): Offer[] {
  const offers: Offer[] = [];
  const problems: string[] = [];
  for (const [index, { value, path }] of found.entries()) {
    try {
      offers.push(decoded(isObject(value) ? value : undefined, index));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const why = error.message.replace(/^.*as Mesos defines it: /, "").replace(/^offers\.offers\[0\]/, "");
      problems.push(`${path}${why.startsWith(".") || why.startsWith(" ") ? "" : " "}${why}`);
    }
  }
  if (problems.length > 0) throw refused(problems);
  return offers;
}

function decoded(offer: JsonObject | undefined, index: number): Offer {
  const complete = offer === undefined
    ? null
    : { id: { value: `offer-${index}` }, framework_id: { value: "" }, ...offer };
  if (complete === null) throw new WireError("is not an object");
  const event = decodeEvent({ type: "OFFERS", offers: { offers: [complete] } });
  const [one] = event.type === "OFFERS" ? event.offers.offers ?? [] : [];
  if (one === undefined) throw new WireError("is no offer");
  return one;
}

function regionOf(event: JsonObject): string | undefined {
  try {
    const subscribed = decodeEvent(event);
    return subscribed.type === "SUBSCRIBED"
      ? subscribed.subscribed.master_info?.domain?.fault_domain?.region.name
      : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

function decodeEvent(event: unknown): SchedulerEvent {
  return decodeSchedulerEvent(new TextEncoder().encode(JSON.stringify(event)), "application/json");
}

/** What an agent offers is repeated with every event, and not more than before. */
function byAgent(offers: readonly Offer[]): Map<string, Offer[]> {
  const groups = new Map<string, Offer[]>();
  for (const offer of offers) {
    const key = JSON.stringify([offer.agent_id.value, offer.allocation_info?.role ?? "*"]);
    groups.set(key, [...groups.get(key) ?? [], offer]);
  }
  return groups;
}

function parsed(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, why: messageOf(error).replace(/\s+/g, " ") };
  }
}

function refused(problems: readonly string[]): MesoletError {
  const shown = problems.slice(0, mostProblems);
  const more = problems.length - shown.length;
  const lines = [...shown, ...(more > 0 ? [`and ${more} more`] : [])];
  return new MesoletError(lines.join("\n"), ExitCode.data);
}
