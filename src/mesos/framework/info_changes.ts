import { ExitCode, MesoletError } from "../../pod/errors.ts";
import type { FrameworkInfo } from "../wire/messages.ts";

/**
 * What differs in what a framework says of itself since it last subscribed, for people. A master takes most of that from
 * a new SUBSCRIBE, as it does from UPDATE_FRAMEWORK; the user it keeps, which is why tasks name theirs.
 *
 * @param before as it was
 * @throws {MesoletError} 64 where the master would refuse it
 */
export function infoChanges(before: FrameworkInfo, now: FrameworkInfo): readonly string[] {
  if (before.principal !== now.principal) {
    const words = (principal: string | undefined) =>
      principal === undefined ? "no principal" : `principal ${principal}`;
    throw new MesoletError(
      `the framework was registered with ${words(before.principal)}, and now there is ${
        words(now.principal)
      }, which a ` +
        "master does not allow: give the one that it had, or another name by --framework, which is another framework",
      ExitCode.usage,
    );
  }
  const changes: string[] = [];
  if (before.name !== now.name) {
    changes.push(`the framework is called ${now.name} now, and was ${before.name}`);
  }
  const [had, has] = [new Set(before.roles), new Set(now.roles)];
  const [gone, come] = [had.difference(has), has.difference(had)];
  if (come.size > 0) changes.push(`the framework has the roles ${[...come].join(", ")} as well now`);
  if (gone.size > 0) {
    changes.push(`the framework has the roles ${[...gone].join(", ")} no more: what runs with them goes on`);
  }
  if (before.user !== now.user) {
    changes.push(`executors of new tasks run as ${now.user}, and no more as ${before.user}`);
  }
  if (before.failover_timeout !== now.failover_timeout) {
    changes.push(`a master keeps tasks without an operator for ${now.failover_timeout} s now`);
  }
  return changes;
}
