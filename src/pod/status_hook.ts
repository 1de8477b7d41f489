/** What the spec wants to be told of the pod's life: for those who run pods for others (a Mesos agent). */

/** A moment in the life of a pod that a hook may be run at. */
export type StatusMoment = "launching" | "running" | "failed" | "killed" | "finished";

export const statusMoments: readonly StatusMoment[] = [
  "launching",
  "running",
  "failed",
  "killed",
  "finished",
];

/** A command that is run on the host of the pod, or a URL that is posted to, at a moment of the pod's life. */
export interface StatusHook {
  readonly moment: StatusMoment;
  readonly action:
    | { readonly kind: "command"; readonly command: readonly string[] }
    | { readonly kind: "post"; readonly url: string };
  /** Milliseconds. */
  readonly timeout: number;
  /** `fail`: a hook that fails or takes too long before the pod runs fails the pod. */
  readonly onFailure: "ignore" | "fail";
}

/** The timeout of a hook that says none: 10 s. */
export const statusHookTimeout = 10_000;
