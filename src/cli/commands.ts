import type { Command } from "./command.ts";
import { composeDir } from "./command_table/compose_dir.ts";
import { convert } from "./command_table/convert.ts";
import { containerizer } from "./command_table/containerizer.ts";
import { complete, completion, help, version } from "./command_table/help.ts";
import { doctor, events, logs, ps, why } from "./command_table/look.ts";
import { images } from "./command_table/images.ts";
import { launch } from "./command_table/launch.ts";
import { executor, reap } from "./command_table/mesos.ts";
import { operator, runOperator } from "./command_table/operator.ts";
import { pin } from "./command_table/pin.ts";
import { config, plan, pull } from "./command_table/prepare.ts";
import { setup } from "./command_table/setup.ts";
import { down, exec, kill, restart, rm, start, stop, up } from "./command_table/run.ts";

/** Every command, in the order of help. */
export const commands = {
  up,
  down,
  start,
  stop,
  restart,
  kill,
  rm,
  exec,
  ps,
  logs,
  events,
  why,
  doctor,
  config,
  convert,
  plan,
  pull,
  images,
  pin,
  setup,
  operator,
  "compose-dir": composeDir,
  launch,
  executor,
  containerizer,
  reap,
  version,
  help,
  completion,
  run: runOperator,
  __complete: complete,
} as const satisfies Record<string, Command>;

export type Commands = typeof commands;
export type CommandName = keyof Commands;

/** The command of a name, when there is one. */
export function commandNamed(
  name: string,
): { readonly name: CommandName; readonly command: Command } | undefined {
  if (!Object.hasOwn(commands, name)) return undefined;
  const known = name as CommandName;
  return { name: known, command: commands[known] };
}

/** The names that help and completion show, in order. */
export function visibleCommands(): Command[] {
  return Object.values<Command>(commands).filter((command) => command.hidden !== true);
}
