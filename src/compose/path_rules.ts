/** Rules for places in a tree, found while walking down it. */

/** What is known of one place: its own rule, and what lies below. */
export interface PathRules<Rule> {
  readonly rule?: Rule;
  readonly named: ReadonlyMap<string, PathRules<Rule>>;
  readonly any?: PathRules<Rule>;
}

interface Building<Rule> {
  rule?: Rule;
  named: Map<string, Building<Rule>>;
  any?: Building<Rule>;
}

/**
 * Makes rules for places such as `services.*.ports` findable step by step. `*` is any key or list item; where both a
 * name and `*` fit, the name wins.
 */
export function pathRules<Rule>(table: Readonly<Record<string, Rule>>): PathRules<Rule> {
  const root: Building<Rule> = { named: new Map() };
  for (const pattern of Object.keys(table)) {
    let place = root;
    for (const part of pattern.split(".")) place = below(place, part);
    place.rule = table[pattern] as Rule;
  }
  return root;
}

function below<Rule>(place: Building<Rule>, part: string): Building<Rule> {
  if (part === "*") return place.any ??= { named: new Map() };
  let next = place.named.get(part);
  if (next === undefined) place.named.set(part, next = { named: new Map() });
  return next;
}

/** Goes one step down, by a key or (without one) into a list; undefined where no rule can follow. */
export function ruleBelow<Rule>(
  place: PathRules<Rule> | undefined,
  key?: string,
): PathRules<Rule> | undefined {
  if (place === undefined) return undefined;
  return (key === undefined ? undefined : place.named.get(key)) ?? place.any;
}
