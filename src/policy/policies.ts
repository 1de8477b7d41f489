import type { Problem } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { PolicyPlace } from "./allowed_paths.ts";
import { applyDefaults } from "./apply_defaults.ts";
import { confinedFiles, type SpecAccess } from "./confined_files.ts";
import { judgeFetched } from "./judge_files.ts";
import { judgePod } from "./judge_pod.ts";
import { isAllowed, type Policy } from "./policy.ts";
import { Refusals } from "./refusals.ts";

/** A flag of `docker run` without its dashes. */
interface Parameter {
  readonly key: string;
  readonly value: string;
}

/** Several policies that all hold: what one of them does not allow is not allowed. */
export class Policies {
  constructor(readonly all: readonly Policy[]) {}

  /** What they do not allow of a pod, by the fields of its spec. */
  judge(pod: Pod, place: PolicyPlace): Problem[] {
    return this.all.flatMap((policy) => judgePod(pod, policy, place));
  }

  /**
   * What those of the host that a pod is sent from do not allow: what agents let it do is theirs to say. But for a pod
   * that agents run by themselves, where no program of ours asks theirs.
   */
  judgeForCluster(pod: Pod, place: PolicyPlace): Problem[] {
    if (pod.cluster?.containerizer === "mesos") return this.judge(pod, place);
    return this.all.flatMap((policy) => {
      const refusals = new Refusals(policy);
      judgeFetched(pod, refusals, place);
      return refusals.problems;
    });
  }

  /** The pod with what they give to containers that say nothing of it. */
  complete(pod: Pod): Pod {
    return this.all.reduce(applyDefaults, pod);
  }

  /**
   * Judges flags of `docker run` that come with a task; and gives it those that every task gets, in front, so that what
   * it says itself counts.
   *
   * @param namesOf all names that one flag has: a rule for one of them is for all
   */
  judgeParameters(
    given: readonly Parameter[],
    namesOf: (key: string) => readonly string[] = (key) => [key],
  ): {
    readonly parameters: readonly Parameter[];
    readonly refusals: readonly string[];
  } {
    const refusals = this.all.flatMap(({ name, dockerParameters }) =>
      given.filter(({ key }) => !isAllowed(dockerParameters, (item) => namesOf(key).includes(item))).map((
        { key },
      ) => `the parameter ${JSON.stringify(key)} is not allowed by the rule docker_parameters of ${name}`)
    );
    const defaults = this.all.flatMap(({ dockerParameters }) => dockerParameters.default);
    return { parameters: [...defaults, ...given], refusals };
  }

  /** The files that a spec may be made of. */
  confine(files: SpecAccess, place: PolicyPlace): SpecAccess {
    return this.all.reduce((confined, policy) => confinedFiles(confined, policy, place), files);
  }
}

/** Where nobody has said anything. */
export const noPolicies = new Policies([]);
