import type { PullProgress } from "../../src/docker/engine.ts";
import type { CommandContext } from "../../src/cli/context.ts";
import { Interrupts } from "../../src/cli/interrupts.ts";
import { MemoryOutput } from "../../src/cli/output.ts";
import { progressFor, type ProgressKind } from "../../src/cli/progress.ts";
import { progressFrame } from "../../src/cli/progress_frame.ts";
import { ProgressRows } from "../../src/cli/progress_rows.ts";
import { styleFor } from "../../src/cli/style.ts";
import { textWidth } from "../../src/cli/text_width.ts";
import type { Plan, Step } from "../../src/plan/step.ts";
import { StepError } from "../../src/supervisor/step_error.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { ManualSignals } from "./command_line.ts";

const pull: Step = {
  id: "pull busybox",
  kind: "pull-image",
  cause: "it is not there",
  after: [],
  image: "busybox",
};
const create: Step = {
  id: "create shop-web-1",
  kind: "create-container",
  cause: "it is not there",
  after: [pull.id],
  name: "shop-web-1",
  body: {},
};
const start: Step = {
  id: "start shop-web-1",
  kind: "start-container",
  cause: "it is new",
  after: [create.id],
  target: { name: "shop-web-1" },
};
const plan: Plan = { pod: "shop", steps: [pull, create, start], warnings: [] };

function downloaded(bytesDone: number): PullProgress {
  return { layersDone: 0, layersTotal: 2, bytesDone, bytesTotal: 4_000_000, text: "Downloading" };
}

function frame(rows: ProgressRows, clock: SteppedClock, size = { columns: 60, lines: 20 }): string[] {
  return progressFrame({
    title: "Starting pod shop",
    rows: rows.rows,
    done: rows.done,
    total: rows.total,
    now: clock.elapsed(),
    began: 0,
    style: styleFor(false),
    ...size,
  });
}

Deno.test("frames follow a plan from its beginning to its end", async () => {
  const clock = new SteppedClock();
  const rows = new ProgressRows(plan, clock);
  assertEquals(frame(rows, clock), [
    "Starting pod shop  0/3  0.0s",
    " · image busybox         planned",
    " · container shop-web-1  planned",
  ]);
  rows.started(pull);
  rows.progress(pull, downloaded(1_200_000));
  await clock.advance(2300);
  assertEquals(frame(rows, clock), [
    "Starting pod shop  0/3  2.3s",
    " ⠸ image busybox         pulling  1.2 MB of 4.0 MB  2.3s",
    " · container shop-web-1  planned",
  ]);
  rows.succeeded(pull, 2300);
  rows.started(create);
  rows.succeeded(create, 40);
  assertEquals(frame(rows, clock)[2], " · container shop-web-1  created  0.0s");
  rows.started(start);
  await clock.advance(500);
  rows.succeeded(start, 500);
  assertEquals(frame(rows, clock), [
    "Starting pod shop  3/3  2.8s",
    " ✓ image busybox         pulled  2.3s",
    " ✓ container shop-web-1  started  0.5s",
  ]);
});

Deno.test("a failure and what it interrupted are shown", () => {
  const clock = new SteppedClock();
  const rows = new ProgressRows(plan, clock);
  rows.started(pull);
  rows.started(start);
  rows.failed(start);
  rows.interrupted(pull);
  assertEquals(frame(rows, clock), [
    "Starting pod shop  0/3  0.0s",
    " ! image busybox         interrupted",
    " ✗ container shop-web-1  failed",
  ]);
});

Deno.test("a frame fits a small terminal: what tells most is shown, the rest is counted", () => {
  const clock = new SteppedClock();
  const steps = Array.from({ length: 30 }, (_, index): Step => ({
    ...start,
    id: `start a-container-with-a-long-name-${index}`,
    after: [],
    target: { name: `a-container-with-a-long-name-${index}` },
  }));
  const rows = new ProgressRows({ pod: "shop", steps, warnings: [] }, clock);
  for (const step of steps.slice(0, 20)) {
    rows.started(step);
    rows.succeeded(step, 10);
  }
  for (const step of steps.slice(25)) rows.started(step);
  const lines = frame(rows, clock, { columns: 30, lines: 8 });
  assertEquals(lines.length, 8);
  assertEquals(lines.at(-1), "   and 24 more");
  for (const line of lines) assert(textWidth(line) < 30, line);
  assertEquals(lines.filter((line) => line.includes("starting")).length, 5);
});

function contextWith(
  clock: SteppedClock,
  terminal: boolean,
): { context: CommandContext; error: MemoryOutput } {
  const error = new MemoryOutput();
  return {
    error,
    context: {
      out: new MemoryOutput(),
      error,
      terminal: {
        outIsTerminal: terminal,
        errorIsTerminal: terminal,
        inputIsTerminal: terminal,
        size: () => ({ columns: 60, rows: 20 }),
        onResize: () => () => {},
      },
      clock,
      interrupts: new Interrupts(new ManualSignals().source, () => 0),
      variables: { TERM: "xterm" },
      ownFile: { build: "source", path: undefined },
      workingDirectory: "/",
      outStyle: styleFor(false),
      errorStyle: styleFor(false),
    },
  };
}

async function shown(kind: ProgressKind, terminal = false, quiet = false): Promise<string> {
  const clock = new SteppedClock(0);
  const { context, error } = contextWith(clock, terminal);
  const display = progressFor(kind, { quiet, ansi: "auto" }, context);
  display.begin("Starting pod shop", plan);
  display.started(pull);
  await clock.advance(12_000);
  display.progress(pull, downloaded(3_000_000));
  display.succeeded(pull, 12_000);
  display.started(create);
  display.warning(create, "the engine ignores a field");
  display.succeeded(create, 20);
  display.started(start);
  display.failed(start, new StepError(start, new Error("no such command")));
  await display.end();
  assertEquals(clock.sleeping, 0);
  return error.text;
}

Deno.test("plain progress is a line for each step, and for a long pull now and then", async () => {
  assertEquals(
    await shown("auto"),
    `Starting pod shop
image busybox: pulling
image busybox: pulling, 3.0 MB of 4.0 MB
image busybox: pulled (12.0s)
warning: container shop-web-1: the engine ignores a field
container shop-web-1: created (0.0s)
container shop-web-1: failed
`,
  );
});

Deno.test("progress for programs is an object a line", async () => {
  const lines = (await shown("json")).trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ state, step }) => step === undefined ? state : `${state} ${step}`), [
    "begin",
    "started pull busybox",
    "progress pull busybox",
    "succeeded pull busybox",
    "started create shop-web-1",
    "warning create shop-web-1",
    "succeeded create shop-web-1",
    "started start shop-web-1",
    "failed start shop-web-1",
  ]);
  assertEquals(lines[2].bytesDone, 3_000_000);
  assertEquals(lines[8].reason, "start-failed");
  assertEquals(lines[1].time, "1970-01-01T00:00:00.000Z");
});

Deno.test("quiet progress says nothing", async () => {
  assertEquals(await shown("quiet"), "");
  assertEquals(await shown("json", false, true), "");
});

/** What a terminal shows in the end of what was written to it. */
function screenOf(text: string): string[] {
  const lines: string[] = [""];
  let row = 0;
  // deno-lint-ignore no-control-regex
  for (const [part] of text.matchAll(/\x1b\[(?:\d+A|2K|0J)|\r|\n|[^\x1b\r\n]+/g)) {
    if (part === "\n") {
      row++;
      lines[row] ??= "";
    } else if (part.endsWith("A") && part.startsWith("\x1b")) row -= Number.parseInt(part.slice(2));
    else if (part === "\x1b[2K") lines[row] = "";
    else if (part === "\x1b[0J") lines.splice(row, lines.length - row, "");
    else if (part !== "\r") lines[row] += part;
  }
  return lines;
}

Deno.test("on a terminal the frame is drawn over itself, and warnings stand above it", async () => {
  assertEquals(screenOf(await shown("auto", true)), [
    "warning: container shop-web-1: the engine ignores a field",
    "Starting pod shop  2/3  12.0s",
    " ✓ image busybox         pulled  12.0s",
    " ✗ container shop-web-1  failed  0.0s",
    "",
  ]);
});

Deno.test("a plan without steps shows nothing", async () => {
  for (const terminal of [true, false]) {
    const clock = new SteppedClock();
    const { context, error } = contextWith(clock, terminal);
    const display = progressFor("auto", { quiet: false, ansi: "auto" }, context);
    display.begin("Starting pod shop", { pod: "shop", steps: [], warnings: [] });
    await display.end();
    assertEquals(error.text, "");
  }
});

Deno.test("when other lines come what is done stays, and further steps are told by lines", async () => {
  const clock = new SteppedClock();
  const { context, error } = contextWith(clock, true);
  const display = progressFor("auto", { quiet: false, ansi: "auto" }, context);
  display.begin("Starting pod shop", plan);
  display.started(pull);
  display.succeeded(pull, 100);
  await display.yieldToLines();
  error.write("web-1  | hello\n");
  display.started(create);
  display.succeeded(create, 100);
  await display.end();
  assertEquals(screenOf(error.text), [
    "Starting pod shop",
    " ✓ image busybox  pulled  0.1s",
    "web-1  | hello",
    "container shop-web-1: created (0.1s)",
    "",
  ]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("when other lines come before anything is done the frame goes", async () => {
  const { context, error } = contextWith(new SteppedClock(), true);
  const display = progressFor("auto", { quiet: false, ansi: "auto" }, context);
  display.begin("Starting pod shop", plan);
  display.started(pull);
  await display.yieldToLines();
  error.write("pod shop is running\n");
  await display.end();
  assertEquals(screenOf(error.text), ["pod shop is running", ""]);
});

Deno.test("that there is nothing to do is said as the kind of progress says things", () => {
  const said = (kind: ProgressKind, terminal: boolean) => {
    const { context, error } = contextWith(new SteppedClock(), terminal);
    progressFor(kind, { quiet: false, ansi: "auto" }, context).idle(
      "pod shop: nothing to do, 1 container runs",
    );
    return error.text;
  };
  for (const terminal of [true, false]) {
    assertEquals(said("auto", terminal), "pod shop: nothing to do, 1 container runs\n");
    assertEquals(said("quiet", terminal), "");
    assertEquals(JSON.parse(said("json", terminal)), {
      time: "2026-01-01T00:00:00.000Z",
      state: "idle",
      message: "pod shop: nothing to do, 1 container runs",
    });
  }
});
