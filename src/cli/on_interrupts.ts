import type { Interrupts } from "./interrupts.ts";

/** What an operator says to a SIGHUP. */
export const rescanWords = "SIGHUP: all specs are looked at anew";

/** What is done at each degree of {@linkcode Interrupts}, and at a SIGHUP. */
export interface InterruptActions {
  readonly graceful: () => void;
  readonly immediate: () => void;
  readonly abandon?: () => void;
  readonly hangUp?: () => void;
}

/** Does it, at once for what has come already, until what it gives back is called. */
export function onInterrupts(
  interrupts: Interrupts,
  { graceful, immediate, abandon, hangUp }: InterruptActions,
): () => void {
  const listeners = [
    listen(interrupts.graceful, graceful),
    listen(interrupts.immediate, immediate),
    ...(abandon === undefined ? [] : [listen(interrupts.abandon, abandon)]),
    ...(hangUp === undefined ? [] : [interrupts.onHangUp(hangUp)]),
  ];
  return () => {
    for (const unlisten of listeners) unlisten();
  };
}

function listen(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
