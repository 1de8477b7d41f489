import type { Container, Pod } from "../../../pod/model.ts";
import { supervisionBounds } from "../../../supervisor/supervision_bounds.ts";

/**
 * Milliseconds that a pod may take to stop: a container stops when all that depend on it have, with its `pre_stop` hooks
 * before its grace. The longest such chain.
 */
export function stopTimeOf(
  { containers }: Pick<Pod, "containers">,
  bounds: Pick<typeof supervisionBounds, "defaultGraceSeconds" | "preStopHook"> = supervisionBounds,
): number {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const known = new Map<string, number>();
  const order: Container[] = [];
  const seen = new Set<string>();
  // Without recursion: a chain may be longer than the stack is deep. No spec depends on itself in a circle.
  for (const start of containers) {
    const work: { readonly container: Container; readonly isDone: boolean }[] = [
      { container: start, isDone: false },
    ];
    for (let top = work.pop(); top !== undefined; top = work.pop()) {
      const { container, isDone } = top;
      if (isDone) order.push(container);
      if (isDone || seen.has(container.name)) continue;
      seen.add(container.name);
      work.push({ container, isDone: true });
      for (const { container: name } of container.dependsOn) {
        const other = byName.get(name);
        if (other !== undefined) work.push({ container: other, isDone: false });
      }
    }
  }
  for (const container of order) {
    const below = container.dependsOn.map(({ container: name }) => known.get(name) ?? 0);
    const own = (container.stop.graceMilliseconds ?? bounds.defaultGraceSeconds * 1000) +
      container.hooks.preStop.length * bounds.preStopHook;
    known.set(container.name, Math.max(0, ...below) + own);
  }
  return Math.max(0, ...known.values());
}
