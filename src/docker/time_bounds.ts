/**
 * How long each kind of call may take, in milliseconds. One place, so that "what is the longest this can hang?" has an
 * answer. docs/engine.md is this file for users.
 *
 * A bound that is passed is an {@linkcode EngineError} with exit code 75; the request is given up, what the engine
 * still does with it is found out by looking again.
 */
export const TimeBounds = {
  /** Ping: the engine answers it from memory. Longer means that it hangs. */
  ping: 5_000,
  /** Lists and inspections. An engine under load with hundreds of containers needs seconds; a sick storage driver hangs. */
  read: 30_000,
  /** The first byte of a stream (events, logs): the stream itself has no bound, it is ended by its reader. */
  streamStart: 30_000,
  /** Create: unpacks nothing, but waits for the storage driver, and for volume and network plugins. */
  create: 120_000,
  /** Start: mounts, sets up the network and runs the container's runtime. */
  start: 120_000,
  /** Small changes: rename, update, connect, disconnect, kill, resize. */
  change: 60_000,
  /** Removal of a container: unmounts and deletes its layer. */
  remove: 120_000,
  /** Beyond the grace period of a stop, for the engine's own work after SIGKILL. */
  stopMargin: 10_000,
  /** The engine's own grace when a container was created with none. */
  engineStopGrace: 10_000,
  /** Waiting for something to be gone that the engine said is on its way. */
  settle: 30_000,
  /** An archive into a container: a few kilobytes, but the layer is mounted for it. */
  archive: 60_000,
  /** Loading the built-in image. */
  load: 120_000,
  /**
   * An engine that neither takes more of an image archive nor tells of a layer for this long has stalled. Podman tells
   * nothing while it unpacks. The whole has no bound: archives are large.
   */
  loadSilence: 600_000,
  /** A pull that reports no progress at all for this long has stalled. The whole pull has no bound: images are large. */
  pullSilence: 180_000,
  /** A credential helper: may ask an agent or a keychain. */
  credentialHelper: 20_000,
  /** `systemctl` for the slice of a pod. */
  systemctl: 20_000,
  /** A parent cgroup that still has tasks that are just ending. */
  cgroupRemoval: 10_000,
} as const;

/** Tries of a call that is safe to repeat, the first included. */
export const maximumTries = 3;

/**
 * The pause before try number `next` (2 for the first repetition), in milliseconds: doubling from 100 ms, with up to
 * half of it at random, so that many pods do not knock at once.
 *
 * @param random a number in [0, 1)
 */
export function retryPause(next: number, random: number): number {
  const base = 100 * 2 ** (next - 2);
  return base + Math.floor(base * 0.5 * random);
}
