import type { Container, Pod } from "../pod/model.ts";
import { containerNameOf } from "../pod/names.ts";

/** Links as the Engine takes them: every replica under its alias, its short and its full name. */
export function linkTexts(container: Container, pod: Pod): string[] {
  const texts: string[] = [];
  for (const link of container.links) {
    const target = pod.containers.find(({ name }) => name === link.container);
    for (let number = 1; number <= (target?.replicas ?? 1); number++) {
      const name = target?.containerName ?? containerNameOf(pod.name, link.container, number);
      texts.push(
        `${name}:${link.alias}`,
        `${name}:${link.container}-${number}`,
        `${name}:${containerNameOf(pod.name, link.container, number)}`,
      );
    }
  }
  for (const text of container.externalLinks) {
    const [name = "", alias = name] = text.split(":");
    texts.push(`${name}:${alias}`);
  }
  return texts;
}
