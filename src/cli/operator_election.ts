import { openElection, parseElectionPlace } from "../mesos/detector/election_place.ts";
import type { Election, Leadership } from "../mesos/detector/election.ts";
import { FileElection } from "../mesos/detector/file_election.ts";
import { TwoElections } from "../mesos/detector/two_elections.ts";
import { ExitCode, MesoletError } from "../pod/errors.ts";
import type { CommandContext } from "./context.ts";

/** What says whom an operator competes with. */
export interface ElectionFlags {
  /** Of `--elect`. */
  readonly elect: string | undefined;
  readonly standby: boolean;
}

/** How an operator comes to lead. */
export interface OperatorElection {
  /**
   * Waits until this operator is the one that acts.
   *
   * @param onWait is told what it waits for
   * @throws {MesoletError} 75 where another one acts and this one is not to wait
   * @throws the signal's reason when it is aborted
   */
  campaign(signal: AbortSignal, onWait: (reason: string) => void): Promise<Leadership>;
}

/**
 * The election that flags name. Whoever leads also has the state on its host for itself, by a lock beside it.
 *
 * @param state path of the state
 * @throws {MesoletError} where a flag makes no sense
 */
export async function operatorElection(
  { elect, standby }: ElectionFlags,
  state: string,
  { clock }: Pick<CommandContext, "clock">,
): Promise<OperatorElection> {
  const name = `${Deno.hostname()}, process ${Deno.pid}`;
  const ofState = new FileElection({ path: `${state}.lock`, name, clock });
  if (elect !== undefined) {
    const place = parseElectionPlace(elect, "--elect");
    return new TwoElections(await openElection(place, { name, clock, random: Math.random }), ofState);
  }
  return standby ? ofState : new Refusing(ofState, state);
}

/** Does not wait for others. */
class Refusing implements OperatorElection {
  readonly #election: Election;
  readonly #state: string;

  constructor(election: Election, state: string) {
    this.#election = election;
    this.#state = state;
  }

  async campaign(signal: AbortSignal): Promise<Leadership> {
    const refused = new AbortController();
    return await this.#election.campaign(AbortSignal.any([signal, refused.signal]), (reason) =>
      refused.abort(
        new MesoletError(
          `Another operator has the state ${this.#state}: ${
            reason.replace("another instance leads: ", "")
          }. Stop it ` +
            "first, wait for its end with --standby, or name another --framework",
          ExitCode.temporary,
        ),
      ));
  }
}
