import { Label } from "../../src/pod/labels.ts";
import type { Plan, Step, WaitCondition } from "../../src/plan/step.ts";

/** Steps written short, for tests that need a plan and not a planner. */
export function planOf(...steps: Step[]): Plan {
  return { pod: "shop", steps, warnings: [] };
}

const cause = "the test wants it";

export function create(
  name: string,
  after: readonly string[] = [],
  owner?: string,
): Step<"create-container"> {
  return {
    kind: "create-container",
    id: `create ${name}`,
    cause,
    after,
    container: { name, number: 1 },
    name,
    body: {
      Image: "busybox",
      Labels: {
        [Label.pod]: "shop",
        [Label.container]: name,
        [Label.number]: "1",
        [Label.role]: "container",
      },
      ...(owner === undefined ? {} : { HostConfig: { NetworkMode: `container:<id:${owner}>` } }),
    },
  };
}

export function start(name: string, after: readonly string[] = [`create ${name}`]): Step<"start-container"> {
  return {
    kind: "start-container",
    id: `start ${name}`,
    cause,
    after,
    container: { name, number: 1 },
    target: { name },
  };
}

export function wait(
  name: string,
  condition: WaitCondition,
  more: { readonly optional?: boolean } = {},
): Step<"wait-container"> {
  return {
    kind: "wait-container",
    id: `wait ${name}`,
    cause,
    after: [`start ${name}`],
    container: { name, number: 1 },
    target: { name },
    condition,
    ...more,
  };
}

export function pull(image: string): Step<"pull-image"> {
  return { kind: "pull-image", id: `pull ${image}`, cause, after: [], image };
}

export function hook(
  name: string,
  when: "post_start" | "pre_stop",
  after: readonly string[] = [`start ${name}`],
): Step<"run-hook"> {
  return {
    kind: "run-hook",
    id: `${when} ${name}`,
    cause,
    after,
    container: { name, number: 1 },
    target: { name },
    hook: when,
    body: { Cmd: ["true"] },
  };
}
