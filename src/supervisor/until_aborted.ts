/**
 * Waits for work, and leaves it behind when the signal is aborted, even if it does not notice: an engine that hangs
 * must not hold a kill.
 *
 * @throws the signal's reason when it is aborted first, and whatever the work throws
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
