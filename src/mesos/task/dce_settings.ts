/**
 * Labels that dce-go knows: `config.<key of its config.yaml>`. Those that have a meaning here become labels of
 * mesolet. docs/from-dce-go.md is this table for users.
 */

import { booleanValue } from "./label_values.ts";
import type { ChoiceName } from "./task_choices.ts";

/** What a key of dce-go becomes here. */
export interface DceMeaning {
  readonly label: ChoiceName;
  /** The label's value; throws a RangeError where the value of dce-go is wrong. */
  readonly value: (text: string) => string;
}

const asItIs = (text: string) => text;
const opposite = (text: string) => String(!booleanValue(text));

const networkName = "infracontainer.networks.name";
const existing = "infracontainer.networks.pre_existing";

/** By lower-case key. */
const meanings = new Map<string, DceMeaning>([
  ["launchtask.timeout", {
    label: "launch-timeout",
    // Without a unit they are milliseconds there.
    value: (text) => /^\d+$/.test(text) ? `${text}ms` : text,
  }],
  ["launchtask.pullretry", { label: "pull-retries", value: asItIs }],
  ["launchtask.skippull", { label: "pull", value: (text) => booleanValue(text) ? "missing" : "always" }],
  ["cleanpod.timeout", { label: "stop-timeout", value: asItIs }],
  ["cleanpod.cleanfailtask", { label: "keep-failed", value: opposite }],
  ["cleanpod.cleanvolumeandcontaineronmesoskill", { label: "remove-volumes", value: asItIs }],
  ["cleanpod.cleanimageonmesoskill", { label: "remove-images", value: asItIs }],
]);

/** Why a key has no effect here, by its lower-case beginning. */
const reasons: readonly (readonly [string, string])[] = [
  ["launchtask.podmonitorinterval", "containers are watched by events, not at intervals"],
  ["launchtask.composehttptimeout", "no docker-compose is run"],
  ["launchtask.httptimeout", "use mesolet.hook-timeout for hooks"],
  ["launchtask.maxretry", "steps of a launch are not tried again; use mesolet.pull-retries for pulls"],
  ["launchtask.retryinterval", "the time between two pulls grows by itself"],
  ["launchtask.composetrace", "no docker-compose is run"],
  ["launchtask.debug", "no docker-compose is run"],
  ["plugins.pluginorder", "there are no plugins; what they are used for is built in"],
  ["podstatushooks.", "they name code of dce-go; use mesolet.hook.<moment> with a command or a URL"],
  ["cleanpod.unhealthy", "an essential container that becomes unhealthy fails the pod"],
  ["dockerdump.", "the task's status says why it failed"],
  ["dockercomposeverbose", "no docker-compose is run"],
  ["podmonitor.", "containers are watched by events, by one monitor"],
  [
    networkName,
    "no network is made for a pod; one that exists is joined with pre_existing=true",
  ],
  [existing, "no network is named beside it"],
  ["infracontainer.", "the container that owns the pod's network is built in"],
];

/**
 * What a key of dce-go's configuration means here, or why it means nothing.
 *
 * @param others the values of all such keys of the task, by lower-case key
 */
export function dceMeaning(
  key: string,
  others: ReadonlyMap<string, string>,
): DceMeaning | { readonly reason: string } | undefined {
  const known = key.toLowerCase();
  const meaning = meanings.get(known);
  if (meaning !== undefined) return meaning;
  const joins = others.get(existing)?.toLowerCase() === "true";
  if (known === networkName && joins) return { label: "network", value: asItIs };
  // It says something of the name beside it, and nothing by itself.
  if (known === existing && others.has(networkName)) return undefined;
  const reason = reasons.find(([beginning]) => known.startsWith(beginning))?.[1];
  return { reason: reason ?? "it is no key of dce-go that has a meaning here" };
}
