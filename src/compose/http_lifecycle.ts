import { auroraStopRequests, type HttpLifecycle, type StopRequest } from "../pod/http_lifecycle.ts";
import type { Container } from "../pod/model.ts";
import type { ProblemList } from "./problem_list.ts";
import { parseDurationNanoseconds } from "./units.ts";

/** `x-pod.http_lifecycle` as it is written: a port may be named. */
export interface WrittenLifecycle {
  readonly port: string | number;
  readonly container?: string;
  readonly requests: readonly StopRequest[];
}

const path = "x-pod.http_lifecycle";
/** Longer than that nobody waits for an answer of a pod that is to end. */
const longestWait = 3_600_000;

/** Reads `x-pod.http_lifecycle`: a port, or a mapping with `port`, `container` and `requests`. */
export function readHttpLifecycle(
  value: unknown,
  containers: readonly string[],
  problems: ProblemList,
): WrittenLifecycle | undefined {
  if (typeof value === "number" || typeof value === "string") {
    return portOf(value, path, problems, { requests: auroraStopRequests });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.error(path, "must be a port, or a mapping with port, container and requests");
    return undefined;
  }
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  for (const name of Object.keys(fields)) {
    if (!["port", "container", "requests"].includes(name) && !name.startsWith("x-")) {
      problems.error(`${path}.${name}`, "is not a field of it: it has port, container and requests");
    }
  }
  const { container, requests } = fields;
  if (container !== undefined && (typeof container !== "string" || !containers.includes(container))) {
    problems.error(
      `${path}.container`,
      `${JSON.stringify(container)} is not an active service: use one of ${containers.join(", ")}`,
    );
  }
  return portOf(fields["port"], `${path}.port`, problems, {
    ...(typeof container === "string" ? { container } : {}),
    requests: requests === undefined ? auroraStopRequests : requestsOf(requests, problems),
  });
}

function portOf(
  value: unknown,
  where: string,
  problems: ProblemList,
  rest: Omit<WrittenLifecycle, "port">,
): WrittenLifecycle | undefined {
  const port = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof port === "string" && port !== "") return { port, ...rest };
  if (typeof port === "number" && Number.isInteger(port) && port > 0 && port < 65_536) {
    return { port, ...rest };
  }
  problems.error(where, "must be a port that a container listens on, or the name of one in ports");
  return undefined;
}

function requestsOf(value: unknown, problems: ProblemList): StopRequest[] {
  const where = `${path}.requests`;
  if (!Array.isArray(value) || value.length === 0 || value.length > 10) {
    problems.error(where, "must be a list of up to 10, such as [{path: /quitquitquit, wait: 5s}]");
    return [];
  }
  return value.flatMap((item: unknown, index): StopRequest[] => {
    const fields = typeof item === "string" ? { path: item } : item;
    if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
      problems.error(`${where}[${index}]`, "must be a path, or a mapping with path and wait");
      return [];
    }
    const { path: written, wait = "5s", ...others }: Readonly<Record<string, unknown>> = Object.fromEntries(
      Object.entries(fields),
    );
    for (const name of Object.keys(others)) {
      if (!name.startsWith("x-")) {
        problems.error(`${where}[${index}].${name}`, "is not a field of a request: it has path and wait");
      }
    }
    try {
      return [{ path: pathOf(written), wait: waitOf(String(wait)) }];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      problems.error(`${where}[${index}]`, error.message);
      return [];
    }
  });
}

/**
 * A request in one text: `/quitquitquit`, or with the time that it is waited for `/quitquitquit=10s`.
 *
 * @throws {RangeError} where it is none
 */
export function stopRequestOf(text: string): StopRequest {
  const equals = text.lastIndexOf("=");
  if (equals < 0) return { path: pathOf(text), wait: waitOf("5s") };
  return { path: pathOf(text.slice(0, equals).trim()), wait: waitOf(text.slice(equals + 1).trim()) };
}

function pathOf(written: unknown): string {
  if (typeof written === "string" && /^\/[\x21-\x7e]*$/.test(written)) return written;
  throw new RangeError(`${JSON.stringify(written)} is no path that begins with a slash`);
}

function waitOf(text: string): number {
  const milliseconds = parseDurationNanoseconds(/^\d+(?:\.\d+)?$/.test(text) ? `${text}s` : text) / 1e6;
  if (milliseconds < 0 || milliseconds > longestWait) {
    throw new RangeError(`${JSON.stringify(text)} is not between 0 and 1h`);
  }
  return Math.round(milliseconds);
}

/** With the number of a port that is named, and the container that it is of. */
export function resolvedLifecycle(
  written: WrittenLifecycle,
  containers: readonly Container[],
  problems: ProblemList,
): HttpLifecycle | undefined {
  const { port, requests } = written;
  const among = containers.filter(({ name }) =>
    written.container === undefined || name === written.container
  );
  const owner = among.find(({ ports }) => ports.some(({ name, target }) => name === port || target === port));
  const container = written.container ?? owner?.name;
  const number = typeof port === "number" ? port : owner?.ports.find(({ name }) => name === port)?.target;
  if (number === undefined) {
    problems.error(path, `no container has a port of the name ${JSON.stringify(port)}`);
    return undefined;
  }
  return { port: number, ...(container === undefined ? {} : { container }), requests };
}
