import { ExitCode } from "../pod/errors.ts";
import type { EventRecord } from "../status/pod_record.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { warningLine } from "./error_report.ts";
import { openOperator, operatorPath } from "./operator_client.ts";
import { readEvent } from "./operator_records.ts";
import { OperatorUnreachable } from "./operator_request.ts";
import { EventReader } from "./server_events.ts";
import type { Style } from "./style.ts";
import { parseTimeArgument } from "./time_argument.ts";

/** A sign of life comes every ten seconds: after so long without one the stream is lost, in milliseconds. */
const longestSilence = 30_000;
/** Between two attempts to reach an operator that was there, in milliseconds. */
const retryPause = 1_000;

/** `mesolet events --operator URL [NAME…]`: until Ctrl-C, or until `--until`. */
export async function run(
  { globals, values, positionals, context }: Invocation<Commands["events"]["flags"]>,
  address: string,
): Promise<number> {
  const { clock, out, outStyle, interrupts: { graceful } } = context;
  const time = (flag: string, text: string | undefined) =>
    text === undefined ? undefined : parseTimeArgument(flag, text, clock.now());
  const [since, until] = [time("--since", values.since), time("--until", values.until)];
  const over = new AbortController();
  const signal = AbortSignal.any([graceful, out.closed, over.signal]);
  const client = openOperator(address, { clock });
  for (const name of positionals) await client.pod(name, signal);
  const warn = (text: string) => {
    if (!globals.quiet) context.error.write(`${warningLine(text, context.errorStyle)}\n`);
  };
  const timer = new AbortController();
  if (until !== undefined) {
    // The operator is given a moment for events that happened just before.
    clock.sleep(Math.max(500, until - clock.now()), timer.signal).then(() => over.abort(), () => {});
  }
  const reader = new EventReader();
  let wasThere = false;
  let isTold = false;
  try {
    while (!signal.aborted) {
      try {
        const path = operatorPath(["v1", "events"], { since: since === undefined ? undefined : "0" });
        const { lastId } = reader;
        const options = {
          accept: "text/event-stream",
          silence: longestSilence,
          ...(lastId === undefined ? {} : { lastEvent: lastId }),
        };
        reader.begin();
        for await (const line of client.lines(path, options, signal)) {
          wasThere = true;
          const message = reader.take(line);
          if (message === undefined) continue;
          if (isTold) warn("the operator is there again");
          isTold = false;
          if (message.kind === "gap") {
            warn(`events ${message.from} to ${message.to} were missed: they are forgotten`);
          }
          if (message.kind !== "event") continue;
          const event = readEvent(message.data);
          if (event === undefined) continue;
          const at = Date.parse(event.time);
          if (until !== undefined && at > until) return ExitCode.ok;
          if ((since !== undefined && at < since) || !isOf(event, positionals)) continue;
          out.write(`${values.json ? JSON.stringify(event) : eventLine(event, outStyle)}\n`);
          await out.ready();
        }
      } catch (error) {
        if (signal.aborted) break;
        if (!wasThere || !(error instanceof OperatorUnreachable)) throw error;
        if (!isTold) warn(`${error.message}; it is tried again`);
        isTold = true;
      }
      await clock.sleep(retryPause, signal).catch(() => {});
    }
    if (graceful.aborted) throw graceful.reason;
    return ExitCode.ok;
  } finally {
    timer.abort();
  }
}

function isOf({ pod }: EventRecord, names: readonly string[]): boolean {
  return names.length === 0 || (pod !== undefined && names.includes(pod));
}

/** `2026-01-31T12:00:00.000Z web: instance 0 is launched on one.example`. */
function eventLine({ time, text }: EventRecord, style: Style): string {
  return `${style.dim(time)} ${text}`;
}
