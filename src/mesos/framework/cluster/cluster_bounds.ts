import { type ReconciliationBounds, reconciliationBounds } from "./reconciliation.ts";
import { type RestartBounds, restartBounds } from "./task_end.ts";

/** The times of a cluster, in milliseconds. */
export interface ClusterBounds extends RestartBounds, ReconciliationBounds {
  /** A task that nobody told of for so long after its launch is asked for. */
  readonly launchDoubt: number;
  /** A task that was told to end and did not is told again: the first pause, which doubles, and the last. */
  readonly killAgain: number;
  readonly killLast: number;
  /** For how long offers are declined. */
  readonly refuse: number;
  /** The same for offers that come before anything can be decided. */
  readonly refuseEarly: number;
  /** A pod of more instances than this is looked at as a whole, and no more often than `largePause` allows. */
  readonly largePod: number;
  readonly largePause: number;
}

/** The bounds that hold outside tests. */
export const clusterBounds: ClusterBounds = {
  ...restartBounds,
  ...reconciliationBounds,
  launchDoubt: 30_000,
  killAgain: 10_000,
  killLast: 120_000,
  refuse: 3_600_000,
  refuseEarly: 1_000,
  largePod: 200,
  largePause: 250,
};
