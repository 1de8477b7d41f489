import { goesOn } from "../running_operator.ts";

/** A pod that is wanted of the cluster. */
export interface ChaosPod {
  readonly name: string;
  readonly replicas: number;
  /** Of each instance, without those that mesolet adds. */
  readonly containers: number;
  /** `job`: it runs once, to its end. `moves`: it is replaced soon after its agent is out of reach. */
  readonly kind: "plain" | "other" | "moves" | "job";
  /** Its spec. @param said what tells one version of it from the next */
  readonly text: (said: string) => string;
}

/** Labels that say whose a container is, and of which version. */
export const chaosLabel = { pod: "of", said: "said" } as const;

/** Data of pods, which outlives them: the job adds a line to the file `ran` of its own for each of its runs. */
export const dataVolumes = { files: "data-of-files", job: "data-of-job" } as const;

/** How long an instance of the pod that moves is waited for, in milliseconds. */
export const movesAfter = 2_000;

function text(
  name: string,
  said: string,
  { web = "", more = "", pod = "", rest = "", command = goesOn }: {
    readonly web?: string;
    readonly more?: string;
    readonly pod?: string;
    readonly rest?: string;
    readonly command?: string;
  } = {},
): string {
  const common = `image: busybox, labels: {${chaosLabel.pod}: ${name}, ${chaosLabel.said}: "${said}"}`;
  return `name: ${name}
services:
  web: {${common}, command: ${command}${web}}
${more === "" ? "" : `  side: {${common}, command: ${goesOn}${more}}\n`}x-pod:
  resources: {cpus: 0.1, memory: 32m}
${pod}
${rest}`;
}

/** Thirty pods of every sort. */
export function thirtyPods(): readonly ChaosPod[] {
  const pod = (
    name: string,
    own: Partial<ChaosPod> & { readonly spec?: Parameters<typeof text>[2] } = {},
  ) => {
    const { spec, ...rest } = own;
    const made: ChaosPod = {
      name,
      replicas: 1,
      containers: 1,
      kind: "other",
      text: (said) => text(name, said, spec),
      ...rest,
    };
    return made;
  };
  const replicated = (name: string, replicas: number) =>
    pod(name, {
      replicas,
      // Whoever kills an executor is not to stop an update by it.
      spec: {
        pod: `  replicas: ${replicas}\n  update: {parallel: 2, healthy_for: 1s, on_failure: continue}`,
      },
    });
  const checked = (name: string) =>
    pod(name, {
      spec: {
        web: `, healthcheck: {test: ["CMD", "true"], interval: 2s}`,
      },
    });
  return [
    ...Array.from({ length: 19 }, (_, index) => pod(`plain${index}`, { kind: "plain" })),
    ...[2, 3, 2].map((replicas, index) => replicated(`many${index}`, replicas)),
    ...[0, 1, 2].map((index) => checked(`checked${index}`)),
    pod("two", { containers: 2, spec: { more: ", depends_on: [web]" } }),
    pod("moves", { kind: "moves", spec: { pod: `  unreachable: {wait: ${movesAfter / 1_000}s}` } }),
    pod("files", {
      spec: {
        web: ", read_only: true, configs: [{source: c, target: /own/c}], volumes: [data:/data]",
        rest: `configs: {c: {content: hello}}\nvolumes: {data: {name: ${dataVolumes.files}}}\n`,
      },
    }),
    pod("nets", {
      spec: { web: ", networks: [x]", pod: "  network: services", rest: "networks: {x: {}}\n" },
    }),
    pod("job", {
      kind: "job",
      spec: {
        web: `, restart: "no", volumes: [data:/data]`,
        command: `["sh", "-c", "sleep 1; echo ran >> /data/ran"]`,
        rest: `volumes: {data: {name: ${dataVolumes.job}}}\n`,
      },
    }),
  ];
}
