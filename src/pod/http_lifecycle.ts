/** What a pod is asked by HTTP before it is stopped. */

/** A POST, and how long a pod that has taken it is given to end by itself. */
export interface StopRequest {
  /** With its leading slash; may have a query. */
  readonly path: string;
  /** Milliseconds. */
  readonly wait: number;
}

/** Requests that go to one port of a pod, one after the other, before any container gets its stop signal. */
export interface HttpLifecycle {
  /** As a program in the pod's network namespace knows it. */
  readonly port: number;
  /** Whose port it is, where every container has a namespace of its own. */
  readonly container?: string;
  readonly requests: readonly StopRequest[];
}

/** As Aurora has it: please end, and then: end at once. */
export const auroraStopRequests: readonly StopRequest[] = [
  { path: "/quitquitquit", wait: 5000 },
  { path: "/abortabortabort", wait: 5000 },
];
