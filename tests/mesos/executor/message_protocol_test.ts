import { assertEquals } from "../../support/assert.ts";
import {
  encodeAnswer,
  endOfText,
  type MessageAnswer,
  messageBounds,
  type MessageRequest,
  parseMessage,
} from "../../../src/mesos/executor/message_protocol.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (data: Uint8Array) => new TextDecoder().decode(data);

const requests: readonly (readonly [string, MessageRequest])[] = [
  ['{"status":true}', { kind: "status" }],
  ['{"id":7,"status":true,"colour":"blue"}', { id: 7, kind: "status" }],
  ['{"id":"a","task":"t1","logs":"web"}', { id: "a", task: "t1", kind: "logs", container: "web", tail: 100 }],
  ['{"logs":"web","tail":5}', { kind: "logs", container: "web", tail: 5 }],
  [
    '{"exec":{"container":"web","command":["ls","-l"]}}',
    { kind: "exec", container: "web", command: ["ls", "-l"], timeout: 10_000 },
  ],
  [
    '{"exec":{"container":"web","command":["ls",""],"timeout":300}}',
    { kind: "exec", container: "web", command: ["ls", ""], timeout: 300_000 },
  ],
];

for (const [text, request] of requests) {
  Deno.test(`message: ${text} is understood`, () => {
    assertEquals(parseMessage(bytes(text)), { kind: "request", request });
  });
}

const refusals: readonly (readonly [string, string])[] = [
  ["{}", "Ask for one of: status, logs, exec"],
  ['{"status":true,"logs":"web"}', "Ask for one of: status, logs, exec"],
  ['{"status":false}', "status is not true"],
  ['{"logs":""}', "logs is not the name of a container"],
  ['{"logs":"web","tail":0}', "tail is not a whole number from 1 to 10000"],
  ['{"logs":"web","tail":10001}', "tail is not a whole number from 1 to 10000"],
  ['{"logs":"web","task":3}', "task is not the id of a task"],
  ['{"exec":["ls"]}', "exec is not an object with container and command"],
  ['{"exec":{"command":["ls"]}}', "exec.container is not the name of a container"],
  [
    '{"exec":{"container":"web","command":"ls"}}',
    "exec.command is not a list of words that begins with a program",
  ],
  [
    '{"exec":{"container":"web","command":[]}}',
    "exec.command is not a list of words that begins with a program",
  ],
  [
    '{"exec":{"container":"web","command":["ls",1]}}',
    "exec.command is not a list of words that begins with a program",
  ],
  [
    '{"exec":{"container":"web","command":["ls"],"timeout":301}}',
    "exec.timeout is not a whole number from 1 to 300",
  ],
  ['{"id":{},"status":true}', "id is not a number or a text of up to 256 characters"],
];

for (const [text, error] of refusals) {
  Deno.test(`message: ${text} is refused, with an answer`, () => {
    assertEquals(parseMessage(bytes(text)), { kind: "refused", answer: { ok: false, error } });
  });
}

Deno.test("message: a refusal has the id of the request", () => {
  const parsed = parseMessage(bytes('{"id":"a"}'));
  assertEquals(parsed.kind === "refused" ? parsed.answer.id : undefined, "a");
});

Deno.test("message: what is no JSON object is somebody else's", () => {
  for (const data of [bytes("restart!"), bytes("[1]"), bytes("null"), Uint8Array.of(0, 255), bytes("")]) {
    assertEquals(parseMessage(data).kind, "foreign");
  }
  assertEquals(parseMessage(new Uint8Array(messageBounds.requestBytes + 1)).kind, "foreign");
});

Deno.test("message: a short answer is one message", () => {
  const answer: MessageAnswer = { id: 1, ok: true, logs: "ready\n", truncated: false };
  assertEquals(encodeAnswer(answer).map(textOf), ['{"id":1,"ok":true,"logs":"ready\\n","truncated":false}']);
});

for (
  const [what, piece] of [["quotes", '"\\'], ["plain text", "abc"], ["emoji", "😀é"], [
    "controls",
    "\u0001",
  ]] as const
) {
  Deno.test(`message: a long answer of ${what} is cut into numbered parts that fit`, () => {
    const logs = piece.repeat(Math.ceil(messageBounds.textBytes / bytes(piece).length));
    const answer: MessageAnswer = { id: "\u0001".repeat(256), ok: true, logs, truncated: true };
    const messages = encodeAnswer(answer);
    assertEquals(messages.every((data) => data.length <= messageBounds.answerBytes), true);
    const chunks = messages.map((data) => JSON.parse(textOf(data)));
    assertEquals(chunks.map(({ chunk }) => chunk), chunks.map((_, index) => index + 1));
    assertEquals(
      chunks.every(({ chunks: count, id }) => count === messages.length && id === answer.id),
      true,
    );
    assertEquals(JSON.parse(chunks.map(({ part }) => part).join("")), answer);
    // As many may wait for the agent.
    assertEquals(messages.length <= 64, true, String(messages.length));
  });
}

Deno.test("message: of a text that is too long the end is kept, from the beginning of a line", () => {
  assertEquals(endOfText("short"), { text: "short", truncated: false });
  const lines = endOfText(`first\n${"é".repeat(messageBounds.textBytes / 2 - 2)}\nlast`);
  assertEquals(lines, { text: "last", truncated: true });
  const { text } = endOfText("é".repeat(messageBounds.textBytes));
  assertEquals([text.length, text.includes("\ufffd")], [messageBounds.textBytes / 2, false]);
});
