/** `!reset` and `!override`: what was merged before goes away. */

import { isMapping, type Mapping, type PathSegments, type Tree } from "./tree.ts";

/** Takes the marked places out of a tree, in place. Items of lists cannot be taken out one by one. */
export function applyResets(tree: Mapping, resets: readonly PathSegments[]): void {
  for (const path of resets) {
    let place: Tree | undefined = tree;
    for (const segment of path.slice(0, -1)) {
      place = isMapping(place) ? place[segment] : undefined;
    }
    const last = path[path.length - 1];
    if (isMapping(place) && typeof last === "string") delete place[last];
  }
}
