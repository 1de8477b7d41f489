import type { EngineBody } from "../plan/step.ts";
import { type Connection, segment } from "./connection.ts";
import { notUnderstood } from "./engine_error.ts";
import { objectOf, textOf } from "./json.ts";
import { TimeBounds } from "./time_bounds.ts";

/** Milliseconds between two looks at a command; the engine has no call that waits for one. */
const lookInterval = 100;

/**
 * Runs a command in a running container without its streams, as Docker Compose runs the hooks of a detached `up`, and
 * waits for its end. How long it runs is its own affair: only `signal` ends the waiting.
 *
 * @throws {EngineError} 404 when the container is gone, 409 when it does not run
 */
export async function executeDetached(
  connection: Connection,
  containerId: string,
  body: EngineBody,
  signal: AbortSignal,
): Promise<{ readonly exitCode: number }> {
  const call = `run a command in container ${containerId.slice(0, 12)}`;
  const created = await connection.request({
    method: "POST",
    path: `/containers/${segment(containerId)}/exec`,
    body,
    call,
    bound: TimeBounds.change,
    signal,
  });
  const id = textOf(objectOf(created.body).Id);
  if (id === "") throw notUnderstood(call, "it has no id");
  await connection.request({
    method: "POST",
    path: `/exec/${segment(id)}/start`,
    body: { Detach: true, Tty: body.Tty === true },
    call,
    bound: TimeBounds.start,
    signal,
  });
  while (true) {
    const { body: seen } = await connection.request({
      method: "GET",
      path: `/exec/${segment(id)}/json`,
      call,
      bound: TimeBounds.read,
      signal,
    });
    const { ExitCode, Running } = objectOf(seen);
    if (Running !== true && typeof ExitCode === "number") return { exitCode: ExitCode };
    await connection.clock.sleep(lookInterval, signal);
  }
}
