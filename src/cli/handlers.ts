import type { CommandName, Commands } from "./commands.ts";
import type { CommandModule } from "./context.ts";

/**
 * The module of each command, loaded when it is called: starting up costs what one command needs. A command of the
 * table without a module does not compile.
 */
export const handlers: {
  readonly [Name in CommandName]: () => Promise<CommandModule<Commands[Name]["flags"]>>;
} = {
  version: () => import("./version.ts"),
  help: () => import("./help.ts"),
  completion: () => import("./completion.ts"),
  __complete: () => import("./complete.ts"),
};
