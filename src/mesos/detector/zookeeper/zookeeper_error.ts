import { ExitCode, MesoletError } from "../../../pod/errors.ts";

/** What kind of failure it is, as far as anybody acts on it. */
export type ZookeeperProblem =
  | "no-node"
  | "node-exists"
  | "bad-version"
  | "no-permission"
  /** The connection broke: what was asked for may have been done. */
  | "connection-lost"
  /** The session is over, and its ephemeral nodes with it. */
  | "session-over"
  | "other";

/** ZooKeeper does not do what it was asked for. */
export class ZookeeperError extends MesoletError {
  override readonly name = "ZookeeperError";

  constructor(readonly problem: ZookeeperProblem, message: string, options?: ErrorOptions) {
    super(message, problem === "no-permission" ? ExitCode.permission : ExitCode.unavailable, options);
  }
}

/** Numbers of errors on the wire (`KeeperException.Code` of ZooKeeper 3.8). */
const problems: ReadonlyMap<number, readonly [problem: ZookeeperProblem, words: string]> = new Map([
  [-4, ["connection-lost", "the connection broke"]],
  [-101, ["no-node", "there is no such node"]],
  [-102, ["no-permission", "the node is not for everybody: give zk://USER:PASSWORD@…"]],
  [-103, ["bad-version", "somebody else has changed the node"]],
  [-108, ["other", "ephemeral nodes have no children"]],
  [-110, ["node-exists", "the node is there already"]],
  [-112, ["session-over", "the session has expired"]],
  [-115, ["no-permission", "it does not accept USER:PASSWORD"]],
]);

/** Makes an error of a number in a reply. @param what was asked for: `Cannot read /mesos in ZooKeeper` */
export function errorOfCode(code: number, what: string): ZookeeperError {
  const [problem, words] = problems.get(code) ?? ["other", `error ${code}`];
  return new ZookeeperError(problem, `${what}: ${words}`);
}

/** Whether an error says so. */
export function isProblem(error: unknown, ...kinds: readonly ZookeeperProblem[]): boolean {
  return error instanceof ZookeeperError && kinds.includes(error.problem);
}
