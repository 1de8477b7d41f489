import { OperatorLog } from "../../src/cli/operator_log.ts";
import type { Output } from "../../src/cli/output.ts";
import { assertEquals } from "../support/assert.ts";

function logged(format: "text" | "json", use: (log: OperatorLog) => void): string {
  let text = "";
  const out: Output = {
    write: (piece) => text += piece,
    writeBytes: (bytes) => text += new TextDecoder().decode(bytes),
    ready: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    closed: new AbortController().signal,
  };
  use(new OperatorLog(out, format, () => Date.UTC(2026, 0, 1)));
  return text;
}

const event = { time: Date.UTC(2026, 0, 2), pod: "web", kind: "container", text: "web: one\n  two" } as const;

Deno.test("an event of an operator is one line of text, or of JSON", () => {
  assertEquals(logged("text", (log) => log.event(event)), "2026-01-02T00:00:00.000Z web: one | two\n");
  assertEquals(
    logged("json", (log) => log.event(event)),
    '{"time":"2026-01-02T00:00:00.000Z","kind":"container","pod":"web","text":"web: one | two"}\n',
  );
});

Deno.test("a log steers no terminal, whatever a file is called", () => {
  const named = { ...event, text: "/pods/a\x1b[31mb\x9b2J\r.yaml: is wrong" };
  const flat = "/pods/a\ufffd[31mb\ufffd2J\ufffd.yaml: is wrong";
  assertEquals(logged("text", (log) => log.event(named)), `2026-01-02T00:00:00.000Z ${flat}\n`);
  assertEquals(JSON.parse(logged("json", (log) => log.event(named))).text, flat);
});

Deno.test("what prints by itself within an operator prints events", () => {
  const text = logged("text", (log) => {
    const out = log.asOutput();
    out.write("first\nsec");
    out.write("ond\nunfinished");
  });
  assertEquals(text, "2026-01-01T00:00:00.000Z first\n2026-01-01T00:00:00.000Z second\n");
});
