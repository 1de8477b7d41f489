import { specBounds } from "../operator/decide_specs.ts";
import type { FollowSpecs } from "../operator/operator.ts";
import { followDirectories } from "../operator/spec_directories.ts";
import type { Plugins } from "../plugins/plugins.ts";
import type { Policies } from "../policy/policies.ts";
import type { CommandContext } from "./context.ts";

/** Follows the specs of directories, with the clock and the variables of a command. */
export function specFollower(
  { clock, variables }: Pick<CommandContext, "clock" | "variables">,
  { directories, allowEmpty, policies, plugins, forCluster = false }: {
    readonly directories: readonly string[];
    readonly allowEmpty: boolean;
    readonly policies: Policies;
    readonly plugins?: Plugins | undefined;
    readonly forCluster?: boolean;
  },
): FollowSpecs {
  return (setup) =>
    followDirectories({
      ...setup,
      directories,
      clock,
      environment: variables,
      bounds: { ...specBounds, allowEmpty },
      forCluster,
      policies,
      plugins,
    });
}
