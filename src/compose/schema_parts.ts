/** Pieces that the rules of the Compose Specification are put together of; each says what may stand in one place. */

import type { Rule } from "./schema.ts";

/** Anything. */
export const anything: Rule = { any: true };
/** Any text. */
export const text: Rule = { text: true };
/** Text, or nothing. */
export const textOrNull: Rule = { text: true, null: true };
/** A boolean that no variable can stand for. */
export const boolean: Rule = { boolean: true };
/** Any number. */
export const number: Rule = { number: true };
/** A boolean, or a word for one: it is read when it is used. */
export const flag: Rule = { boolean: true, text: true };
/** A whole number. */
export const integer: Rule = { number: { integer: true } };
/** A whole number, or text of one. */
export const integerOrText: Rule = { number: { integer: true }, text: true };
/** A number, or text of one. */
export const numberOrText: Rule = { number: true, text: true };
/** A list of text. */
export const texts: Rule = { list: { items: text } };
/** A list of text, each once. */
export const uniqueTexts: Rule = { list: { items: text, unique: true } };
/** One text, or a list of text, each once. */
export const textOrTexts: Rule = { text: true, list: { items: text, unique: true } };
/** A list of text and numbers, each once. */
export const textsOrNumbers: Rule = { list: { items: numberOrText, unique: true } };
/** Any key at all. */
export const anyKey = /./s;
/** The name of a service or another resource. */
export const resourceName = /^[a-zA-Z0-9._-]+$/;

/** Text by name, as a mapping or a list of `key=value`. */
export const keyValues: Rule = {
  mapping: {
    others: { pattern: anyKey, rule: { text: true, number: true, boolean: true, null: true } },
    closed: true,
  },
  list: { items: text, unique: true },
};

/** Options of a driver. */
export const options: Rule = { mapping: { others: { pattern: anyKey, rule: numberOrText }, open: true } };
/** A command: text, a list of words, or nothing. */
export const command: Rule = { null: true, text: true, list: { items: text } };

/** Addresses by the name of a host. */
export const hosts: Rule = {
  mapping: { others: { pattern: anyKey, rule: { text: true, list: { items: text } } }, closed: true },
  list: { items: text, unique: true },
};

/** `ulimits`. */
export const limits: Rule = {
  mapping: {
    others: {
      pattern: /^[a-z]+$/,
      rule: {
        number: { integer: true },
        text: true,
        mapping: { fields: { soft: integerOrText, hard: integerOrText }, required: ["soft", "hard"] },
      },
    },
    open: true,
  },
};

/** Uses of configs or secrets. */
export const fileReferences: Rule = {
  list: {
    items: {
      text: true,
      mapping: { fields: { source: text, target: text, uid: text, gid: text, mode: numberOrText } },
    },
  },
};

/** Fields of a hook. */
export const hookFields: Readonly<Record<string, Rule>> = {
  command,
  user: text,
  privileged: flag,
  working_dir: text,
  environment: keyValues,
};
/** A hook inside a running container. */
export const hook: Rule = { mapping: { fields: hookFields, required: ["command"] } };
/** A hook in a container of its own. */
export const initHook: Rule = { mapping: { fields: { ...hookFields, image: text, per_replica: flag } } };

/** Fields of a request for devices. */
export const deviceRequestFields: Readonly<Record<string, Rule>> = {
  capabilities: uniqueTexts,
  count: integerOrText,
  device_ids: uniqueTexts,
  driver: text,
  options: keyValues,
};

/** Limits of devices. */
export const throttles: Rule = {
  list: { items: { mapping: { fields: { path: text, rate: integerOrText }, closed: true } } },
};
