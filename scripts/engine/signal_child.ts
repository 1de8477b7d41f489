/** Sends a signal to a child; nothing happens where it has ended by itself already. */
export function signalChild(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // Deno's error for a child whose end it knows of, and the system's for one whose end it does not.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
