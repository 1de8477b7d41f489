/** Takes what is wrong out of a tree, so that the rest of it can still be checked and all problems are told at once. */

import type { ProblemCollector } from "./problems.ts";
import { isMapping, type Mapping, mappingOf, type PathSegments, type Tree } from "./tree.ts";

/** Stands for an image, so that nobody misses one where the field that would give it is wrong. */
const anyImage = "image";

/**
 * Takes out of a tree, in place, what errors were found in since the last call: the field of a service, or the whole
 * of another entry. What is left is not what was written, but it gives no errors of its own either: an entry goes on
 * under its name, so that what refers to it is not wrong for that. The caller must stop before the tree is used.
 */
export function setAside(tree: Mapping, problems: ProblemCollector): void {
  for (const { segments } of problems.takeErrors()) takeOut(tree, segments);
}

/** Takes a part out of a tree, in place, for an error that was noted elsewhere. */
export function leaveOut(tree: Mapping, segments: PathSegments, problems: ProblemCollector): void {
  takeOut(tree, segments);
  problems.leaveOut(segments);
}

function takeOut(tree: Mapping, segments: PathSegments): void {
  const [section, name, field] = segments;
  if (typeof section !== "string" || !(section in tree)) return;
  const entries = tree[section] as Tree;
  if (typeof name !== "string" || !isMapping(entries)) {
    delete tree[section];
    return;
  }
  if (!(name in entries)) return;
  if (section !== "services") {
    // One that is made elsewhere needs nothing else.
    entries[name] = mappingOf(section === "models" ? { model: anyImage } : { external: true });
    return;
  }
  const service = entries[name] as Tree;
  if (typeof field !== "string" || !isMapping(service)) {
    entries[name] = mappingOf({ image: anyImage });
    return;
  }
  delete service[field];
  if (!("image" in service)) service.image = anyImage;
}
