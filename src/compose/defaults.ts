/** Defaults that the specification gives to parts of a canonical tree, and checks that need no other part. */

import { type PathRules, pathRules, ruleBelow } from "./path_rules.ts";
import { isIpAddress } from "./port_syntax.ts";
import type { ProblemCollector } from "./problems.ts";
import { isMapping, type Mapping, type PathSegments, type Tree } from "./tree.ts";

type Step = (value: Mapping, path: PathSegments, problems: ProblemCollector) => void;

const buildDefaults: Step = (build) => {
  build.context ??= ".";
};

const secretDefaults: Step = (secret) => {
  if (secret.target === undefined && typeof secret.source === "string") {
    secret.target = `/run/secrets/${secret.source}`;
  }
};

const portDefaults: Step = (port) => {
  port.protocol ??= "tcp";
  port.mode ??= "ingress";
};

const deviceRequestDefaults: Step = (request) => {
  if (request.count === undefined && request.device_ids === undefined) request.count = "all";
};

const defaults: PathRules<Step> = pathRules<Step>({
  "services.*.build": buildDefaults,
  "services.*.secrets.*": secretDefaults,
  "services.*.ports.*": portDefaults,
  "services.*.deploy.resources.reservations.devices.*": deviceRequestDefaults,
  "services.*.gpus.*": deviceRequestDefaults,
});

/** Sets what is absent and has a default, in place. */
export function setDefaults(tree: Mapping, problems: ProblemCollector): void {
  visit(tree, defaults, [], problems);
}

const portCheck: Step = (port, path, problems) => {
  const address = port.host_ip;
  if (typeof address === "string" && !isIpAddress(address)) {
    problems.error([...path, "host_ip"], `must be an IP address, not ${JSON.stringify(address)}`);
  }
};

const deviceRequestCheck: Step = (request, path, problems) => {
  if ("count" in request && "device_ids" in request) {
    problems.error(path, "has both count and device_ids: one of them is enough");
  }
};

const watchCheck: Step = (watch, path, problems) => {
  if (watch.path === "") problems.error([...path, "path"], "must not be empty");
};

const volumeCheck: Step = (volume, path, problems) => {
  if (volume.external !== true) return;
  for (const key in volume) {
    if (key === "name" || key === "external" || key.startsWith("x-")) continue;
    problems.error([...path, key], "cannot be set on an external volume, which exists already");
  }
};

const bindCheck: Step = (volume, path, problems) => {
  if (volume.type === "bind" && (volume.source === undefined || volume.source === null)) {
    problems.error(path, "needs the field source: the path on the host");
  }
};

function sourceCheck(...sources: string[]): Step {
  return (object, path, problems) => {
    const given = sources.filter((source) => source in object);
    if (given.length > 1) {
      problems.error(path, `has ${given.join(" and ")}: only one of ${sources.join(", ")} may be set`);
    } else if (given.length === 0 && !("driver" in object) && !("external" in object)) {
      problems.error(path, `needs one of ${sources.join(", ")}, or external: true`);
    }
  };
}

const checks: PathRules<Step> = pathRules<Step>({
  "configs.*": sourceCheck("file", "environment", "content"),
  "secrets.*": sourceCheck("file", "environment"),
  "services.*.deploy.resources.reservations.devices.*": deviceRequestCheck,
  "services.*.develop.watch.*": watchCheck,
  "services.*.gpus.*": deviceRequestCheck,
  "services.*.ports.*": portCheck,
  "services.*.volumes.*": bindCheck,
  "volumes.*": volumeCheck,
});

/** Checks parts of a canonical tree that the schema cannot. */
export function checkParts(tree: Mapping, problems: ProblemCollector): void {
  visit(tree, checks, [], problems);
}

function visit(
  value: Tree,
  place: PathRules<Step>,
  path: (string | number)[],
  problems: ProblemCollector,
): void {
  if (isMapping(value)) {
    if (place.rule !== undefined) return place.rule(value, path, problems);
    for (const key in value) descend(value[key] as Tree, key, ruleBelow(place, key), path, problems);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) descend(item, index, ruleBelow(place), path, problems);
  }
}

function descend(
  value: Tree,
  segment: string | number,
  place: PathRules<Step> | undefined,
  path: (string | number)[],
  problems: ProblemCollector,
): void {
  if (place === undefined) return;
  path.push(segment);
  visit(value, place, path, problems);
  path.pop();
}
