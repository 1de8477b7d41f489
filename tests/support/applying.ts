import { Label } from "../../src/pod/labels.ts";
import type { EngineBody, Step, StepKind } from "../../src/plan/step.ts";
import type { ApplyContext, LogLine } from "../../src/docker/engine.ts";
import type { TestEngine } from "./engine.ts";

export const base = { id: "step", cause: "a test", after: [] };
export const bytes = (text: string) => new TextEncoder().encode(text);

export async function apply(
  test: TestEngine,
  context: ApplyContext,
  ...steps: Step<StepKind>[]
): Promise<void> {
  for (const step of steps) await test.engine.apply(step, context);
}

export function create(
  pod: string,
  name: string,
  body: EngineBody,
  host: EngineBody = {},
): Step<"create-container"> {
  return {
    ...base,
    kind: "create-container",
    name: `${pod}-${name}-1`,
    body: {
      Image: "busybox",
      ...body,
      Labels: { [Label.pod]: pod, [Label.hash]: "1:0" },
      HostConfig: { NetworkMode: "none", ...host },
    },
  };
}

/** Starts a container, waits for its end and gives what it wrote. */
export async function output(test: TestEngine, context: ApplyContext, name: string): Promise<string[]> {
  const target = { name };
  await apply(test, context, { ...base, kind: "start-container", target }, {
    ...base,
    kind: "wait-container",
    target,
    condition: "completed",
  });
  return (await logs(test, name)).map(({ text }) => text);
}

export async function logs(test: TestEngine, name: string, follow = false): Promise<LogLine[]> {
  return await Array.fromAsync(test.engine.logs(name, { follow }, new AbortController().signal));
}
