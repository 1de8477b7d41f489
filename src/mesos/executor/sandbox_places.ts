/** Where the files of one pod are in the sandbox. */
export interface SandboxPlace {
  /** The directory of its containers' output. */
  readonly logs: string;
  /** The name of its `pod.json`. */
  readonly recordName: string;
  /** What stands in front of its containers' names in the merged output; absent where there is no doubt. */
  readonly title?: string;
  /** Its files are complete: the place is free for the next pod. */
  release(): void;
}

/**
 * Gives the pods of an executor their places in its one sandbox: the usual ones to a pod that is alone, and to the
 * first one of a group; others have places with their own names in them, since containers of two pods may have the
 * same name.
 */
export class SandboxPlaces {
  readonly #sandbox: string;
  #usualIsTaken = false;

  constructor(sandbox: string) {
    this.#sandbox = sandbox;
  }

  take(pod: string): SandboxPlace {
    if (this.#usualIsTaken) {
      const logs = `${this.#sandbox}/logs/${pod}`;
      return { logs, recordName: `pod-${pod}.json`, title: pod, release: () => {} };
    }
    this.#usualIsTaken = true;
    return {
      logs: `${this.#sandbox}/logs`,
      recordName: "pod.json",
      release: () => this.#usualIsTaken = false,
    };
  }
}
