import { hookActionOf, hookTimeoutOf, onFailureOf } from "../../compose/status_hooks.ts";
import { imageProblem } from "../../pod/image_reference.ts";
import { type Digests, nameOf, parseDigests } from "../../pod/pins.ts";
import { stopRequestOf } from "../../compose/http_lifecycle.ts";
import type { StopRequest } from "../../pod/http_lifecycle.ts";
import { isPodName } from "../../pod/names.ts";
import { type StatusHook, statusHookTimeout, type StatusMoment } from "../../pod/status_hook.ts";
import {
  booleanValue,
  choiceValue,
  durationValue,
  listValue,
  sizeValue,
  wholeValue,
} from "./label_values.ts";
import type { AuroraTask } from "./aurora_data.ts";
import type { TaskSettings } from "./task_pod.ts";

/** What the labels of a task choose; what they do not name is as the spec has it. */
export interface TaskChoices {
  name?: string;
  network?: string;
  essential?: readonly string[];
  profiles?: readonly string[];
  /** `USER`, `UID`, `UID:GID`, `role` for Aurora's, or `image` for what the image says. */
  user?: string;
  /** Of the processes of an Aurora job. */
  image?: string;
  isService?: boolean;
  /** A port of the pod, or the name of one. */
  lifecyclePort?: string;
  lifecycleRequests?: readonly StopRequest[];
  cgroup?: TaskSettings["cgroup"];
  /** Milliseconds. */
  launchTimeout?: number;
  stopGraceSeconds?: number;
  pull?: "always" | "missing" | "never";
  pullRetries?: number;
  digests?: Digests;
  keepFailed?: boolean;
  removeVolumes?: boolean;
  removeImages?: boolean;
  ports?: readonly string[];
  checkContainer?: string;
  logMaximumBytes?: number;
  logFiles?: number;
  hooks?: Partial<Record<StatusMoment, StatusHook["action"]>>;
  /** Milliseconds. */
  hookTimeout?: number;
  hookFailure?: StatusHook["onFailure"];
}

type Reader = (text: string, choices: TaskChoices) => void;

const hookReader = (moment: StatusMoment): Reader => (text, choices) => {
  choices.hooks = { ...choices.hooks, [moment]: hookActionOf(text) };
};

/**
 * The labels of a task by their names without `mesolet.`, and what each one chooses. `spec` and `spec-data`, which say
 * where the pod comes from, are read elsewhere.
 *
 * A reader throws a RangeError where the value is wrong. docs/mesos-task.md is this table for users.
 */
export const choiceReaders = {
  name: (text, choices) => {
    if (!isPodName(text) || text.length > 40) {
      throw new RangeError(
        `${JSON.stringify(text)} is no name of a pod: use up to 40 lower-case letters, digits, - and _`,
      );
    }
    choices.name = text;
  },
  network: (text, choices) => {
    choices.network = text;
  },
  essential: (text, choices) => {
    choices.essential = listValue(text);
  },
  profiles: (text, choices) => {
    choices.profiles = listValue(text);
  },
  user: (text, choices) => {
    choices.user = text;
  },
  image: (text, choices) => {
    choices.image = text;
  },
  service: (text, choices) => {
    choices.isService = booleanValue(text);
  },
  "lifecycle-port": (text, choices) => {
    choices.lifecyclePort = text;
  },
  "lifecycle-requests": (text, choices) => {
    choices.lifecycleRequests = listValue(text).map(stopRequestOf);
  },
  cgroup: (text, choices) => {
    choices.cgroup = choiceValue(text, ["own", "nested", "none"]);
  },
  "launch-timeout": (text, choices) => {
    choices.launchTimeout = durationValue(text, 1000);
  },
  "stop-timeout": (text, choices) => {
    choices.stopGraceSeconds = durationValue(text, 1000) / 1000;
  },
  pull: (text, choices) => {
    choices.pull = choiceValue(text, ["always", "missing", "never"]);
  },
  "pull-retries": (text, choices) => {
    choices.pullRetries = wholeValue(text, 0, 100);
  },
  digests: (text, choices) => {
    const digests = parseDigests(text);
    const isWrong = digests.size === 0 ||
      [...digests].some(([image, digest]) => imageProblem(`${nameOf(image)}@${digest}`));
    if (isWrong) throw new RangeError("write IMAGE=DIGEST, with commas between several: app:1=sha256:…");
    choices.digests = digests;
  },
  "keep-failed": (text, choices) => {
    choices.keepFailed = booleanValue(text);
  },
  "remove-volumes": (text, choices) => {
    choices.removeVolumes = booleanValue(text);
  },
  "remove-images": (text, choices) => {
    choices.removeImages = booleanValue(text);
  },
  ports: (text, choices) => {
    choices.ports = listValue(text);
  },
  "check-container": (text, choices) => {
    choices.checkContainer = text;
  },
  "log-max-size": (text, choices) => {
    choices.logMaximumBytes = sizeValue(text, 64 * 1024, 2 ** 40);
  },
  "log-max-files": (text, choices) => {
    choices.logFiles = wholeValue(text, 1, 1000);
  },
  "hook.launching": hookReader("launching"),
  "hook.running": hookReader("running"),
  "hook.failed": hookReader("failed"),
  "hook.killed": hookReader("killed"),
  "hook.finished": hookReader("finished"),
  "hook-timeout": (text, choices) => {
    choices.hookTimeout = hookTimeoutOf(/^\d+$/.test(text) ? `${text}s` : text);
  },
  "hook-failure": (text, choices) => {
    choices.hookFailure = onFailureOf(text);
  },
} as const satisfies Record<string, Reader>;

export type ChoiceName = keyof typeof choiceReaders;

/** Whether a text is the name of such a label. */
export function isChoiceName(text: string): text is ChoiceName {
  return Object.hasOwn(choiceReaders, text);
}

/** The settings that the labels choose, with what is so without any. */
export function settingsOf(
  choices: TaskChoices,
  hooks: readonly StatusHook[],
  aurora?: Pick<AuroraTask, "isService">,
): TaskSettings {
  const { launchTimeout, stopGraceSeconds, pullRetries, checkContainer, digests } = choices;
  return {
    ...(launchTimeout === undefined ? {} : { launchTimeout }),
    ...(stopGraceSeconds === undefined ? {} : { stopGraceSeconds }),
    ...(pullRetries === undefined ? {} : { pullRetries }),
    ...(digests === undefined ? {} : { digests }),
    ...(checkContainer === undefined ? {} : { checkContainer }),
    ...(choices.isService ?? aurora?.isService ? { isService: true } : {}),
    keepFailed: choices.keepFailed ?? false,
    removeVolumes: choices.removeVolumes ?? false,
    removeImages: choices.removeImages ?? false,
    statusHooks: hooksOf(choices, hooks),
    log: { maximumBytes: choices.logMaximumBytes ?? 10 * 1024 * 1024, files: choices.logFiles ?? 3 },
    cgroup: choices.cgroup ?? "own",
  };
}

/** A label's hook takes the place of all that the spec has for its moment. */
function hooksOf(choices: TaskChoices, ofSpec: readonly StatusHook[]): StatusHook[] {
  const { hooks = {}, hookTimeout, hookFailure } = choices;
  const own = ofSpec.filter(({ moment }) => hooks[moment] === undefined);
  const labelled = Object.entries(hooks).map(([moment, action]): StatusHook => ({
    moment: moment as StatusMoment,
    action,
    timeout: statusHookTimeout,
    onFailure: "ignore",
  }));
  return [...own, ...labelled].map((hook) => ({
    ...hook,
    ...(hookTimeout === undefined ? {} : { timeout: hookTimeout }),
    ...(hookFailure === undefined ? {} : { onFailure: hookFailure }),
  }));
}
