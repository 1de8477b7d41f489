import type { ProblemList } from "../../compose/problem_list.ts";
import { suggestionFor } from "../../pod/suggestion.ts";
import type { Labels } from "../wire/messages.ts";
import { dceMeaning } from "./dce_settings.ts";
import { type ChoiceName, choiceReaders, isChoiceName, type TaskChoices } from "./task_choices.ts";

/** What the labels of a task say. */
export interface TaskLabels {
  readonly choices: TaskChoices;
  /** Files of the spec, and the label that names them, as it is written. */
  readonly files?: LabelText;
  /** The spec itself. */
  readonly specData?: LabelText;
}

/** A label as it was written, and its value. */
export interface LabelText {
  readonly label: string;
  readonly text: string;
}

/** What Aurora puts in front of the names of a job's metadata. */
const auroraPrefix = "org.apache.aurora.metadata.";
const prefix = "mesolet.";
const dcePrefix = "config.";
/** What the framework of mesolet itself notes of a task, for itself. */
const ofFramework = new Set(["pod", "instance", "version"]);

/**
 * Reads the labels that are for mesolet; all others are others' own. Of a name that is there twice, the last counts.
 * `mesolet.*` wins over what dce-go's labels come to.
 */
export function readTaskLabels(labels: Labels | undefined, problems: ProblemList): TaskLabels {
  const choices: TaskChoices = {};
  const own = new Map<string, LabelText>();
  const dce = new Map<string, LabelText>();
  let fileName: LabelText | undefined;
  for (const { key, value = "" } of labels?.labels ?? []) {
    const name = key.startsWith(auroraPrefix) ? key.slice(auroraPrefix.length) : key;
    const found = { label: key, text: value.trim() };
    if (name.startsWith(prefix)) {
      const before = own.get(name.slice(prefix.length));
      if (before !== undefined && before.text !== found.text) {
        warn(before, `the label is there again, with ${JSON.stringify(found.text.slice(0, 80))}`, problems);
      }
      own.set(name.slice(prefix.length), found);
    } else if (name.startsWith(dcePrefix)) dce.set(name.slice(dcePrefix.length).toLowerCase(), found);
    else if (name === "fileName" || name.endsWith(".fileName")) fileName = found;
    else if (name === "pluginorder") warn(found, "there are no plugins", problems);
  }
  const dceValues = new Map([...dce].map(([key, { text }]) => [key, text]));
  for (const [key, found] of dce) readDceLabel(key, found, dceValues, choices, problems);
  for (const [name, found] of own) {
    if (name === "spec" || name === "spec-data" || ofFramework.has(name)) continue;
    if (isChoiceName(name)) choose(name, found, found.text, choices, problems);
    else {
      const near = suggestionFor(name, [...Object.keys(choiceReaders), "spec", "spec-data"]);
      warn(found, `no such label${near === undefined ? "" : `: did you mean ${prefix}${near}?`}`, problems);
    }
  }
  const files = filled(own.get("spec"), problems) ?? filled(fileName, problems);
  const specData = filled(own.get("spec-data"), problems);
  return {
    choices,
    ...(files === undefined ? {} : { files }),
    ...(specData === undefined ? {} : { specData }),
  };
}

function readDceLabel(
  key: string,
  found: LabelText,
  others: ReadonlyMap<string, string>,
  choices: TaskChoices,
  problems: ProblemList,
): void {
  const meaning = dceMeaning(key, others);
  if (meaning === undefined) return;
  if ("reason" in meaning) {
    warn(found, meaning.reason, problems);
    return;
  }
  try {
    choose(meaning.label, found, meaning.value(found.text), choices, problems);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.error(pathOf(found), error.message);
  }
}

function choose(
  name: ChoiceName,
  found: LabelText,
  text: string,
  choices: TaskChoices,
  problems: ProblemList,
): void {
  if (filled(found, problems) === undefined) return;
  try {
    choiceReaders[name](text, choices);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.error(pathOf(found), error.message);
  }
}

function filled(found: LabelText | undefined, problems: ProblemList): LabelText | undefined {
  if (found === undefined || found.text !== "") return found;
  warn(found, "it is empty", problems);
  return undefined;
}

function warn(found: LabelText, reason: string, problems: ProblemList): void {
  problems.warning(pathOf(found), `has no effect: ${reason}`);
}

/** A name is anybody's text: with a line feed in it it would be a line of its own in a log. */
function pathOf({ label }: LabelText): string {
  return `label ${/\p{Cc}/u.test(label) ? JSON.stringify(label) : label}`;
}
