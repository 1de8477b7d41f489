/**
 * Text for the message of a report. What containers and programs write is in it, and it ends up in logs, terminals and
 * web pages of frameworks, none of which may be steered by it.
 */

/** Messages are for people and for logs of frameworks: what is longer, in UTF-16 units, is cut. */
const longestMessage = 4_096;

/**
 * What terminals are steered by (ECMA-48): control strings with their end, control sequences, and the short escapes.
 * A sequence without an end is none.
 */
const escapeSequences =
  // deno-lint-ignore no-control-regex -- control characters are what this is about
  /(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f\r\n]*(?:\x07|\x1b\\|\x9c)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]+[0-~]|\x1b[0-OQ-WYZ\\`-~]/g;

// deno-lint-ignore no-control-regex -- as above; tab and line feed are text
const controlCharacters = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * A text as a message: escape sequences are left out, a carriage return is an end of a line, every other control
 * character but tab and line feed is U+FFFD, as is half a surrogate pair. A message that is too long loses its middle:
 * its beginning says what happened, its end what was written last.
 */
export function messageText(text: string): string {
  return bounded(cleaned(text)).toWellFormed();
}

/** A line of a log as one line of a message. */
export function oneLineOf(line: string): string {
  return cleaned(line).replaceAll("\n", " ");
}

function cleaned(text: string): string {
  return text.replace(escapeSequences, "").replace(/\r\n?/g, "\n").replace(controlCharacters, "\ufffd");
}

function bounded(message: string): string {
  if (message.length <= longestMessage) return message;
  const [first = "", ...rest] = message.split("\n");
  const head = first.slice(0, longestMessage / 2);
  const tail = rest.join("\n").slice(-(longestMessage - head.length - 10));
  return `${head}\n  …${tail === "" ? "" : `\n${tail}`}`;
}
