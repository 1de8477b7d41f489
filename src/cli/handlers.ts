import type { CommandName, Commands } from "./commands.ts";
import type { CommandModule } from "./context.ts";

/**
 * The module of each command, loaded when it is called: starting up costs what one command needs. A command of the
 * table without a module does not compile.
 */
export const handlers: {
  readonly [Name in CommandName]: () => Promise<CommandModule<Commands[Name]["flags"]>>;
} = {
  up: () => import("./up.ts"),
  down: () => import("./down.ts"),
  start: () => import("./start.ts"),
  stop: () => import("./stop.ts"),
  restart: () => import("./restart.ts"),
  kill: () => import("./kill.ts"),
  rm: () => import("./rm.ts"),
  exec: () => import("./exec.ts"),
  ps: () => import("./ps.ts"),
  logs: () => import("./logs.ts"),
  events: () => import("./events.ts"),
  why: () => import("./why.ts"),
  doctor: () => import("./doctor.ts"),
  config: () => import("./config_command.ts"),
  convert: () => import("./convert.ts"),
  plan: () => import("./plan.ts"),
  pull: () => import("./pull.ts"),
  pin: () => import("./pin.ts"),
  images: () => import("./images.ts"),
  setup: () => import("./setup.ts"),
  operator: () => import("./operator.ts"),
  run: () => import("./operator.ts"),
  "compose-dir": () => import("./compose_dir.ts"),
  launch: () => import("./launch.ts"),
  executor: () => import("./executor.ts"),
  containerizer: () => import("./containerizer.ts"),
  reap: () => import("./reap.ts"),
  version: () => import("./version.ts"),
  help: () => import("./help.ts"),
  completion: () => import("./completion.ts"),
  __complete: () => import("./complete.ts"),
};
