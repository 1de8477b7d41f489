/** Where a pod's spec is. */
export interface PodOrigin {
  /** The watched directory. */
  readonly directory: string;
  /** Absolute paths of all files that the spec is made of. */
  readonly files: readonly string[];
}
