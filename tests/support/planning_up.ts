import type { Host } from "../../src/plan/host.ts";
import type { Observed } from "../../src/plan/observed.ts";
import type { PlacedContainer, PlacedPod } from "../../src/plan/placed.ts";
import { defaultUpOptions, type UpOptions } from "../../src/plan/plan_options.ts";
import { printPlan } from "../../src/plan/print.ts";
import { planUp } from "../../src/plan/up.ts";
import { assertEquals } from "./assert.ts";
import { placementOf } from "./placing.ts";

/** A shop that uses most of what a plan heeds. */
export const shop = `
services:
  web:
    image: web
    ports: ["8080:80"]
    depends_on:
      db: {condition: service_healthy}
      migrate: {condition: service_completed_successfully}
  db:
    image: db
    healthcheck: {test: "true"}
    volumes: [data:/data]
  migrate:
    image: db
    command: migrate
    depends_on: {db: {condition: service_healthy}}
volumes: {data: {}}
`;

/** Two containers that know nothing of each other. */
export const pair = `
services:
  a: {image: one}
  b: {image: two}
`;

/** Everything of the shop as it is some time after a good start. */
export function settled(container: PlacedContainer) {
  if (container.container === "migrate") return { state: "exited" as const, exitCode: 0 };
  return container.container === "db" ? { health: "healthy" as const } : {};
}

/** What is there, what is wanted, and the plan that leads from the one to the other, as text. */
export interface UpCase {
  readonly name: string;
  readonly spec: string;
  /** The spec that what is there was made from, when it is another one. */
  readonly before?: string;
  readonly network?: string;
  readonly supervision?: "mesolet" | "engine";
  readonly host?: Partial<Host>;
  readonly seen: (placed: PlacedPod) => Observed;
  readonly options?: Partial<UpOptions>;
  readonly plan: string;
}

/** A test for each case: what is planned is compared as text. */
export function testUp(cases: readonly UpCase[]): void {
  for (const { name, spec, before, network, supervision, host, seen, options, plan } of cases) {
    Deno.test(`up: ${name}`, async () => {
      const with_ = {
        ...(network === undefined ? {} : { network }),
        ...(supervision === undefined ? {} : { supervision }),
        ...(host === undefined ? {} : { host }),
      };
      const { placed } = await placementOf(spec, with_);
      const made = before === undefined ? placed : (await placementOf(before, with_)).placed;
      const text = `\n${printPlan(planUp(placed, seen(made), { ...defaultUpOptions, ...options }))}`;
      assertEquals(text, plan);
    });
  }
}
