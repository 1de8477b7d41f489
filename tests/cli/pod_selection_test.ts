import { endingWith, selectedPod, type Selection } from "../../src/cli/pod_selection.ts";
import { UsageError } from "../../src/pod/errors.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";
import { podOfText } from "../support/compose_pod.ts";

const { pod } = await podOfText(`
services:
  web: { image: busybox, depends_on: [api], volumes: ["site:/site"] }
  api: { image: busybox, depends_on: [database], networks: [back] }
  database: { image: busybox, networks: [back], volumes: ["data:/data"] }
  agent: { image: busybox, network_mode: "service:web" }
volumes: { site: {}, data: {} }
networks: { back: {} }
`);

function chosen(selection: Partial<Selection>) {
  return selectedPod(pod, { services: [], withoutDependencies: false, scale: {}, ...selection });
}

function names(parts: readonly { readonly name: string }[]): string[] {
  return parts.map(({ name }) => name);
}

Deno.test("without names it is the whole pod", () => {
  assertEquals(chosen({}), pod);
});

Deno.test("named services come with what they depend on; the others count as switched off", () => {
  const api = chosen({ services: ["api"] });
  assertEquals(names(api.containers), ["api", "database"]);
  assertEquals(api.disabled, ["agent", "web"]);
  assertEquals(api.essential, ["api", "database"]);
  assertEquals(api.volumes.map(({ key }) => key), ["data"]);
});

Deno.test("who decides the end of a part: the essential ones in it, or else the default rule", async () => {
  const { pod } = await podOfText(`
x-pod: { essential: [web] }
services:
  web: { image: busybox, depends_on: [worker] }
  worker: { image: busybox, depends_on: { migrate: { condition: service_completed_successfully } } }
  migrate: { image: busybox }
`);
  const essential = (...services: string[]) => {
    const part = selectedPod(pod, { services, withoutDependencies: false, scale: {} });
    return [part.essential, part.essentialIsExplicit];
  };
  assertEquals(essential("web"), [["web"], true]);
  assertEquals(essential("worker"), [["worker"], false]);
  assertEquals(essential("migrate"), [["migrate"], false]);
});

Deno.test("without dependencies they stand alone, but for the owners of their namespaces", () => {
  const web = chosen({ services: ["web"], withoutDependencies: true });
  assertEquals(names(web.containers), ["web"]);
  assertEquals(web.containers[0]?.dependsOn, []);
  const agent = chosen({ services: ["agent"], withoutDependencies: true });
  assertEquals(names(agent.containers), ["agent", "web"]);
});

Deno.test("--scale sets the number of containers", () => {
  const scaled = chosen({ scale: { api: 3 } });
  assertEquals(scaled.containers.map(({ replicas }) => replicas), [1, 3, 1, 1]);
});

Deno.test("a pod can be made to end with one of its containers, or with any", () => {
  assertEquals(endingWith(pod, { any: false, service: undefined }), pod);
  const any = endingWith(pod, { any: true, service: undefined });
  assertEquals([any.essential, any.essentialIsExplicit], [["agent", "api", "database", "web"], true]);
  assertEquals(endingWith(pod, { any: true, service: "api" }).essential, ["api"]);
});

Deno.test("a service that is not there is refused, with what was meant", () => {
  const refusal = (work: () => unknown) => assertThrows(work, UsageError).message;
  assertEquals(refusal(() => chosen({ services: ["wbe"] })), "no such service: wbe: did you mean web?");
  assertEquals(
    refusal(() => chosen({ scale: { frobnicate: 2 } })),
    "no such service: frobnicate (the pod shop has agent, api, database, web)",
  );
  assertEquals(
    refusal(() => endingWith(pod, { any: false, service: "ap" })),
    "no such service: ap: did you mean api?",
  );
});
