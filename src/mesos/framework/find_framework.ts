/** Which framework this operator was, when nothing here knows of it any more. */

import { ExitCode, MesoletError } from "../../pod/errors.ts";
import { listOf, objectOf, textOf } from "../../pod/json.ts";
import { present } from "../../pod/present.ts";
import type { FrameworkInfo } from "../wire/messages.ts";
import { directoriesLabel } from "./framework_info.ts";
import { askMaster, type MasterAccess, MasterRefusal } from "./ask_master.ts";
import { BackOff } from "./session/back_off.ts";

/** What the list of a master says of one of its frameworks. */
export interface ListedFramework {
  readonly id: string;
  readonly name: string;
  readonly principal: string;
  readonly roles: readonly string[];
  readonly hostname: string;
  /** Of its label; absent: it has none. */
  readonly directories?: string;
  readonly connected: boolean;
  /** Whether it has resources, and with them tasks or executors. */
  readonly holds: boolean;
}

/** What the list says about a framework that begins. */
export type FoundFramework =
  /** There is none that it could have been. */
  | { readonly kind: "none" }
  /** It is this one. */
  | { readonly kind: "own"; readonly id: string }
  /** One like it is led by somebody; who was killed just now may still look so. */
  | { readonly kind: "led"; readonly id: string; readonly hostname: string }
  /** It may be one of these, or none. */
  | { readonly kind: "unclear"; readonly ids: readonly string[]; readonly hostname: string };

/**
 * Judges by a list which framework this one was: of the same name, principal and roles. One of the same host and
 * directories that nobody speaks for is taken for it. Another one may be somebody else's, whose tasks would be killed as
 * nobody's: a person has to say. One of other directories that somebody speaks for is somebody else's for sure.
 */
export function judgeFrameworks(list: readonly ListedFramework[], info: FrameworkInfo): FoundFramework {
  const roles = [...info.roles ?? []].sort().join(" ");
  const alike = list.filter((one) =>
    one.name === info.name && one.principal === (info.principal ?? "") &&
    [...one.roles].sort().join(" ") === roles
  );
  const directories = directoriesOf(info.labels?.labels ?? []);
  const isOf = (one: ListedFramework) => one.directories === directories;
  const led = alike.find((one) => one.connected && (isOf(one) || one.directories === undefined));
  if (led !== undefined) return { kind: "led", id: led.id, hostname: led.hostname };
  const left = alike.filter(({ connected }) => !connected);
  const isOwn = (one: ListedFramework) => one.hostname === info.hostname && isOf(one);
  const own = left.filter(isOwn);
  // Nothing is lost with one that has nothing: an operator that ended before its first task.
  const [one, ...more] = own.some(({ holds }) => holds) ? own.filter(({ holds }) => holds) : own.slice(0, 1);
  const strange = left.filter((one) => one.holds && !isOwn(one));
  if (one !== undefined && more.length === 0 && (one.holds || strange.length === 0)) {
    return { kind: "own", id: one.id };
  }
  const unclear = [...own, ...strange].filter(({ holds }) => holds);
  const [first] = unclear;
  if (first === undefined) return { kind: "none" };
  return { kind: "unclear", ids: unclear.map(({ id }) => id), hostname: first.hostname };
}

function directoriesOf(
  labels: readonly { readonly key?: unknown; readonly value?: unknown }[],
): string | undefined {
  const label = labels.find(({ key }) => key === directoriesLabel);
  return label === undefined ? undefined : textOf(label.value);
}

/** Reads the answer to GET_FRAMEWORKS: those that are not completed. */
export function readFrameworks(answer: unknown): readonly ListedFramework[] {
  return listOf(objectOf(answer)["frameworks"]).map((entry) => {
    const framework = objectOf(entry);
    const info = objectOf(framework["framework_info"]);
    const role = textOf(info["role"]);
    return {
      id: textOf(objectOf(info["id"])["value"]),
      name: textOf(info["name"]),
      principal: textOf(info["principal"]),
      roles: role === "" ? listOf(info["roles"]).map(textOf) : [role],
      hostname: textOf(info["hostname"]),
      ...present({ directories: directoriesOf(listOf(objectOf(info["labels"])["labels"]).map(objectOf)) }),
      connected: framework["connected"] === true,
      holds: listOf(framework["allocated_resources"]).length > 0,
    };
  });
}

/** The times of asking, in milliseconds. */
const longestPause = 15_000;
/** Until a master has noticed that somebody is gone. */
const ledFor = 5_000;
const ledPause = 500;

/** What asking needs. */
export interface FrameworkSearch {
  readonly access: MasterAccess;
  /** In [0, 1). */
  readonly random: () => number;
  /** Without an id. */
  readonly info: FrameworkInfo;
  readonly signal: AbortSignal;
  /** Is told what it waits for, each time that this is something else. */
  readonly onWait: (reason: string) => void;
  /** Is told what a person should know. */
  readonly tell: (line: string) => void;
}

/**
 * Asks the master which framework this one was. Waits for a master, and until that has heard of all agents that it
 * remembers: frameworks are known by them.
 *
 * @returns its id; undefined where it begins
 * @throws {MesoletError} where a person has to say
 * @throws the signal's reason when it is aborted
 */
export async function findFramework(search: FrameworkSearch): Promise<string | undefined> {
  const { access: { clock }, random, info, signal, tell } = search;
  const backOff = new BackOff(longestPause, random);
  const since = clock.elapsed();
  let told = "";
  const onWait = (reason: string) => {
    if (reason !== told) search.onWait(reason);
    told = reason;
  };
  for (;;) {
    const list = await askForAll(search, onWait, backOff);
    if (list === "refused") return undefined;
    const found = judgeFrameworks(list, info);
    switch (found.kind) {
      case "none":
        return undefined;
      case "own":
        tell(
          `there is no state here, and the master has framework ${found.id} of this name, host and directories: it goes on`,
        );
        return found.id;
      case "unclear":
        throw new MesoletError(inWords(found, info), ExitCode.temporary);
      case "led":
        if (clock.elapsed() - since > ledFor) {
          throw new MesoletError(
            `framework ${found.id} is called ${info.name} as well, and runs on ${found.hostname}: give this one ` +
              `another name by --framework, or let the two stand for one election by --elect; ` +
              `--framework-id ${found.id} takes it over`,
            ExitCode.temporary,
          );
        }
        onWait(`framework ${found.id} of the same name is connected`);
        await clock.sleep(ledPause, signal);
    }
  }
}

function inWords(
  { ids, hostname }: Extract<FoundFramework, { readonly kind: "unclear" }>,
  { name }: FrameworkInfo,
) {
  const [id = ""] = ids;
  const which = ids.length === 1
    ? `framework ${id} of ${hostname} is called ${name} as well`
    : `frameworks ${ids.join(", ")} are called ${name} as well`;
  return `${which}, and has tasks, but nothing here knows of it: go on with it by --framework-id ${id}, or give ` +
    "this one another name by --framework";
}

/** A master that recovers, or does not lead, tells it later, or another one does. */
const passing: readonly number[] = [307, 404, 500, 502, 503, 504];

/** The list, when it is whole; or that the master does not show it to us. */
async function askForAll(
  { access, signal, tell }: FrameworkSearch,
  onWait: (reason: string) => void,
  backOff: BackOff,
): Promise<readonly ListedFramework[] | "refused"> {
  for (;;) {
    try {
      const list = readFrameworks(await askMaster(access, "GET_FRAMEWORKS", signal, onWait));
      const missing = await countMissing(access, signal, onWait);
      if (missing === 0) return list;
      onWait(`the master has not heard of ${missing} of its agents yet, and of what runs there`);
    } catch (error) {
      if (!(error instanceof MesoletError)) throw error;
      if (isRefusal(error)) {
        tell(
          `${error.message}. There is no state here, so this begins as a new framework; if there was one before, ` +
            "its tasks go on: end this one, and give --framework-id",
        );
        return "refused";
      }
      onWait(error.message);
    }
    await access.clock.sleep(backOff.next(0), signal);
  }
}

/** How many agents the master remembers from before it led, and has not heard of since; none, where it does not say. */
async function countMissing(
  access: MasterAccess,
  signal: AbortSignal,
  onWait: (reason: string) => void,
): Promise<number> {
  try {
    const answer = await askMaster(access, "GET_AGENTS", signal, onWait);
    return listOf(objectOf(answer)["recovered_agents"]).length;
  } catch (error) {
    if (isRefusal(error)) return 0;
    throw error;
  }
}

function isRefusal(error: unknown): error is MasterRefusal {
  return error instanceof MasterRefusal && !passing.includes(error.status);
}
