import { WireError } from "./wire_error.ts";

/** The units of Mesos, in milliseconds. */
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  secs: 1_000,
  mins: 60_000,
  hrs: 3_600_000,
  days: 86_400_000,
  weeks: 604_800_000,
};

/**
 * Reads a length of time as Mesos writes it: `5secs`, `12500ms`, `1.5mins`. The unit is mandatory.
 *
 * @param variable where it was written, for the error: `MESOS_RECOVERY_TIMEOUT`
 * @returns milliseconds
 * @throws {WireError} for anything else
 */
export function parseMesosDuration(text: string, variable: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d*)?|\.\d+)(ns|us|ms|secs|mins|hrs|days|weeks)$/.exec(text) ?? [];
  const factor = units[unit];
  if (amount === undefined || factor === undefined) {
    throw new WireError(
      `${variable} is ${JSON.stringify(text)}, which is no length of time. ` +
        "Write a number and one of ns, us, ms, secs, mins, hrs, days, weeks: 5secs",
    );
  }
  return Number(amount) * factor;
}
