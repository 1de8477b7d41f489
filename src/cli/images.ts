import { UsageError } from "../pod/errors.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";

export type ImagesInvocation = Invocation<Commands["images"]["flags"]>;

/** Flags that only some of the actions have a use for. */
const ownFlags = {
  save: ["output", "pack", "pull", "waitEngine"],
  ls: [],
  verify: [],
  load: ["removeArchives", "waitEngine"],
} as const;

/** `mesolet images`: an action and its paths. */
export async function run(invocation: ImagesInvocation): Promise<number> {
  const [action = "", ...paths] = invocation.positionals;
  if (!isAction(action)) {
    throw new UsageError(`images takes ${Object.keys(ownFlags).join(", ")}, not "${action}"`);
  }
  refuseOthers(action, invocation.values);
  switch (action) {
    case "save":
      return await (await import("./images_save.ts")).saveImages(invocation, paths);
    case "load":
      return await (await import("./images_load.ts")).loadArchives(invocation, paths);
    case "ls":
    case "verify":
      return await (await import("./images_list.ts")).listArchives(invocation, paths, action === "verify");
  }
}

function isAction(text: string): text is keyof typeof ownFlags {
  return Object.hasOwn(ownFlags, text);
}

function refuseOthers(action: keyof typeof ownFlags, values: ImagesInvocation["values"]): void {
  const own: readonly string[] = ownFlags[action];
  for (const key of ["output", "pack", "pull", "removeArchives", "waitEngine"] as const) {
    if (values[key] === undefined || values[key] === false || own.includes(key)) continue;
    throw new UsageError(
      `--${
        key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
      } has no meaning with images ${action}`,
    );
  }
}
