import type { Clock } from "../../src/pod/clock.ts";
import { ExitCode, MesoletError } from "../../src/pod/errors.ts";
import { Label } from "../../src/pod/labels.ts";
import type {
  ApplyContext,
  ContainerDetail,
  Engine,
  EngineCall,
  EngineEvent,
  LabelledPart,
  LogLine,
  LogOptions,
  LogPiece,
} from "../../src/docker/engine.ts";
import { fillIds } from "../../src/docker/references.ts";
import type {
  EngineFacts,
  ObservationNeeds,
  Observed,
  ObservedContainer,
  ObservedImage,
  ObservedState,
} from "../../src/plan/observed.ts";
import type { ContainerReference, EngineBody, Json, Step } from "../../src/plan/step.ts";

/** How a container of a {@linkcode ScriptedEngine} behaves. */
export interface Behaviour {
  /** Ends with this code the moment it is started. */
  readonly exitsAtOnce?: number;
  readonly hasHealthCheck?: boolean;
  /** The exit code when it is asked to stop: 143 unless told. */
  readonly stopCode?: number;
  /** Ignores the stop signal: the call lasts for the whole grace and the container is killed (137). */
  readonly ignoresStop?: boolean;
  readonly log?: readonly string[];
  /** Exit code of hooks. */
  readonly hookCode?: number;
}

interface ScriptedContainer {
  readonly id: string;
  name: string;
  readonly image: string;
  labels: Readonly<Record<string, string>>;
  readonly environment: readonly string[];
  readonly namespaceOwner: string | undefined;
  readonly networks: Set<string>;
  readonly created: number;
  state: ObservedState;
  exitCode: number;
  outOfMemory: boolean;
  health: "starting" | "healthy" | "unhealthy" | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
}

/** What happens to a call in place of its effect. */
type Fault = { readonly kind: "fail"; readonly message: string } | {
  readonly kind: "hang";
  readonly deaf: boolean;
};

/**
 * An engine in memory, for tests of what stands above an engine. It is strict: what a real one refuses (starting what
 * is not there, joining the namespace of a container that does not run) it refuses, and it tells the events that a
 * real one tells, in the same order. Faults are told to it: a call that fails or hangs, a lost stream, an outage.
 */
export class ScriptedEngine implements Engine {
  readonly facts: EngineFacts = {
    kind: "docker",
    apiVersion: "1.41",
    serverVersion: "20.10.24",
    operatingSystem: "linux",
    architecture: "amd64",
    cgroupVersion: 2,
    cgroupDriver: "cgroupfs",
    local: true,
    rootless: false,
  };
  readonly calls: EngineCall[] = [];
  /** Steps that were begun, by their id; and starts and stops. For assertions on order. */
  readonly applied: string[] = [];
  /** Calls of `listContainers`, and of `inspect`. */
  lists = 0;
  inspections = 0;
  /** Calls of `events`. */
  subscriptions = 0;
  readonly #clock: Clock;
  readonly #containers = new Map<string, ScriptedContainer>();
  readonly #behaviours = new Map<string, Behaviour>();
  readonly #faults = new Map<string, Fault>();
  readonly #streams = new Set<EventStream>();
  readonly #networks = new Map<string, Record<string, string>>();
  readonly #volumes = new Map<string, Record<string, string>>();
  /** Images that are there: all but these. */
  readonly missingImages = new Set<string>();
  /** Images whose containers can be made and not started. */
  readonly brokenImages = new Set<string>();
  /** The id of every image that is there. */
  imageId = "sha256:0001";
  #history: EngineEvent[] = [];
  #nextId = 1;
  #up = true;
  #deaf = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  // What a test tells it

  /** How the container of this name on the engine behaves from now on. */
  behave(name: string, behaviour: Behaviour): void {
    this.#behaviours.set(name, behaviour);
  }

  /** Lets every call of the step with this id fail, until {@linkcode heal}. */
  fail(stepId: string, message: string): void {
    this.#faults.set(stepId, { kind: "fail", message });
  }

  /** Lets the step with this id never end. `deaf`: not even when it is aborted. */
  hang(stepId: string, options: { readonly deaf?: boolean } = {}): void {
    this.#faults.set(stepId, { kind: "hang", deaf: options.deaf ?? false });
  }

  heal(stepId: string): void {
    this.#faults.delete(stepId);
  }

  /** Puts a container there, as someone else would have made it. */
  put(container: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly state?: ObservedState;
    readonly exitCode?: number;
    readonly startedAt?: number;
    readonly finishedAt?: number;
    readonly created?: number;
    readonly health?: "starting" | "healthy" | "unhealthy";
    readonly namespaceOwner?: string;
  }): string {
    const id = this.#newId();
    this.#containers.set(id, {
      id,
      name: container.name,
      image: "busybox",
      labels: container.labels,
      environment: [],
      namespaceOwner: container.namespaceOwner,
      networks: new Set(),
      created: container.created ?? this.#clock.now(),
      state: container.state ?? "running",
      exitCode: container.exitCode ?? 0,
      outOfMemory: false,
      health: container.health,
      startedAt: container.startedAt ?? this.#clock.now(),
      finishedAt: container.finishedAt,
    });
    return id;
  }

  /** The container's process ends by itself. */
  exit(name: string, exitCode: number, options: { readonly outOfMemory?: boolean } = {}): void {
    const container = this.#byName(name);
    if (options.outOfMemory === true) this.#emit(container, "oom");
    container.outOfMemory = options.outOfMemory ?? false;
    this.#end(container, exitCode);
  }

  /** `docker stop`, by someone else. */
  stopByHand(name: string): void {
    const container = this.#byName(name);
    this.#emit(container, "kill");
    this.#end(container, this.#behaviours.get(name)?.stopCode ?? 143);
    this.#emit(container, "stop");
  }

  /** `docker start`, by someone else. */
  startByHand(name: string): void {
    this.#begin(this.#byName(name));
  }

  /** `docker rm -f`, by someone else. */
  removeByHand(name: string): void {
    const container = this.#byName(name);
    if (container.state === "running") {
      this.#emit(container, "kill");
      this.#end(container, 137);
    }
    this.#containers.delete(container.id);
    this.#emit(container, "destroy");
  }

  setHealth(name: string, health: "healthy" | "unhealthy"): void {
    const container = this.#byName(name);
    container.health = health;
    this.#emit(container, "health", { health });
  }

  /** The container has another label from now on: as another version of mesolet would have made it. */
  relabel(name: string, label: string, value: string): void {
    const container = this.#byName(name);
    container.labels = { ...container.labels, [label]: value };
  }

  /** Events that happen from now on are lost. */
  deafen(): void {
    this.#deaf = true;
  }

  undeafen(): void {
    this.#deaf = false;
  }

  /** The open event streams break. */
  loseStreams(): void {
    for (const stream of [...this.#streams]) stream.end();
  }

  /**
   * The engine goes away: the streams break, calls fail. `containers`: how containers die with it (without live
   * restore), unnoticed by any event; absent: they run on.
   */
  goDown(options: { readonly containersExitWith?: number } = {}): void {
    this.#up = false;
    this.loseStreams();
    if (options.containersExitWith === undefined) return;
    for (const container of this.#containers.values()) {
      if (container.state !== "running") continue;
      container.state = "exited";
      container.exitCode = options.containersExitWith;
      container.finishedAt = this.#clock.now();
      container.health = undefined;
    }
  }

  /** `forgetful`: it was restarted, and knows of no event before. */
  comeUp(options: { readonly forgetful: boolean }): void {
    this.#up = true;
    if (options.forgetful) this.#history = [];
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  state(name: string): ObservedState | "absent" {
    for (const container of this.#containers.values()) if (container.name === name) return container.state;
    return "absent";
  }

  idOf(name: string): string {
    return this.#byName(name).id;
  }

  environmentOf(name: string): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.#byName(name).environment.map((line) => {
        const [key = "", ...value] = line.split("=");
        return [key, value.join("=")];
      }),
    );
  }

  get networkNames(): string[] {
    return [...this.#networks.keys()].sort();
  }

  get names(): string[] {
    return [...this.#containers.values()].map((container) => container.name).sort();
  }

  // The Engine

  listContainers(pod?: string): Promise<ObservedContainer[]> {
    this.lists++;
    return this.#answer(() =>
      [...this.#containers.values()]
        .filter((container) => pod === undefined || container.labels[Label.pod] === pod)
        .map((container) => this.#observed(container))
    );
  }

  async observe(
    request: {
      readonly pod: string;
      readonly containers: readonly ObservedContainer[];
      readonly needs: ObservationNeeds;
    },
  ): Promise<Observed> {
    const { needs, containers, pod } = request;
    const found = (what: ReadonlyMap<string, Record<string, string>>, names: readonly string[]) => {
      const labelled = [...what].filter(([, labels]) => needs.labelled && labels[Label.pod] === pod);
      const all = [...names, ...labelled.map(([name]) => name)];
      return new Map(all.map((name) => {
        const labels = what.get(name);
        return [name, labels === undefined ? null : { id: `id-${name}`, name, driver: "local", labels }];
      }));
    };
    return await this.#answer(() => ({
      engine: this.facts,
      containers,
      otherPodContainers: 0,
      networks: found(this.#networks, needs.networks),
      volumes: found(this.#volumes, needs.volumes),
      images: new Map(
        needs.images.map((image) => [image, this.missingImages.has(image) ? null : this.#image()]),
      ),
      externalContainers: new Map(),
      restartPolicies: new Map(),
    }));
  }

  #image(): ObservedImage {
    return {
      id: this.imageId,
      operatingSystem: "linux",
      architecture: "amd64",
      volumes: [],
      hasHealthCheck: false,
    };
  }

  async apply(step: Step, context: ApplyContext): Promise<void> {
    context.signal.throwIfAborted();
    this.applied.push(step.id);
    const fault = this.#faults.get(step.id);
    if (fault?.kind === "hang") await this.#hangUntil(fault.deaf ? undefined : context.signal);
    await this.#answer(() => undefined);
    if (fault?.kind === "fail") throw new MesoletError(fault.message, ExitCode.failed);
    await this.#carryOut(step, context);
  }

  async *events(
    options: { readonly pod?: string; readonly since?: number; readonly until?: number },
    signal: AbortSignal,
  ): AsyncGenerator<EngineEvent, void, undefined> {
    this.subscriptions++;
    if (!this.#up || signal.aborted) return;
    const stream = new EventStream();
    this.#streams.add(stream);
    const since = options.since;
    if (since !== undefined) {
      for (const event of this.#history) if (event.time >= since) stream.push(event);
    }
    const onAbort = () => stream.end();
    signal.addEventListener("abort", onAbort, { once: true });
    if (options.until !== undefined) stream.end();
    try {
      for await (const event of stream) {
        if (options.pod === undefined || event.labels[Label.pod] === options.pod) yield event;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#streams.delete(stream);
    }
  }

  inspect(id: string): Promise<ContainerDetail | null> {
    this.inspections++;
    return this.#answer(() => {
      const container = this.#containers.get(id) ??
        [...this.#containers.values()].find((candidate) => candidate.name === id);
      return container === undefined ? null : this.#detail(container);
    });
  }

  listParts(label: string): Promise<readonly LabelledPart[]> {
    const named = (kind: LabelledPart["kind"], parts: Iterable<[string, Readonly<Record<string, string>>]>) =>
      [...parts].map(([name, labels]): LabelledPart => ({ kind, name, labels }));
    return this.#answer(() =>
      [
        ...named("container", [...this.#containers.values()].map(({ name, labels }) => [name, labels])),
        ...named("network", this.#networks),
        ...named("volume", this.#volumes),
      ].filter(({ labels }) => label in labels)
    );
  }

  async inspectVerbatim(id: string): Promise<Readonly<Record<string, unknown>> | null> {
    const detail = await this.inspect(id);
    return detail === null ? null : { Id: detail.id, Name: `/${detail.name}` };
  }

  async *logs(id: string, options: LogOptions): AsyncGenerator<LogLine, void, undefined> {
    const container = this.#containers.get(id);
    const lines = container === undefined ? [] : this.#behaviours.get(container.name)?.log ?? [];
    const shown = options.tail === undefined ? lines : lines.slice(-options.tail);
    for (const [index, text] of shown.entries()) {
      await Promise.resolve();
      yield { stream: "stdout", time: `2026-01-01T00:00:00.${String(index).padStart(9, "0")}Z`, text };
    }
  }

  async *logPieces(id: string): AsyncGenerator<readonly LogPiece[], void, undefined> {
    for await (const { stream, time, text } of this.logs(id, { follow: true })) {
      yield [{ stream, time, bytes: new TextEncoder().encode(`${text}\n`) }];
    }
  }

  execute(): Promise<{ readonly exitCode: number }> {
    return this.#answer(() => ({ exitCode: 0 }));
  }

  async ping(): Promise<boolean> {
    await Promise.resolve();
    return this.#up;
  }

  close(): void {
    this.loseStreams();
  }

  async #carryOut(step: Step, context: ApplyContext): Promise<void> {
    switch (step.kind) {
      case "create-container":
        return this.#create(step.name, step.body, context);
      case "start-container": {
        const container = this.#target(step.target, context);
        if (this.brokenImages.has(container.image)) throw refused(`${container.image} has no such program`);
        return this.#begin(container);
      }
      case "stop-container":
        return await this.#stop(this.#target(step.target, context), step.graceSeconds ?? 10, context.signal);
      case "kill-container": {
        const container = this.#target(step.target, context);
        if (container.state !== "running") return;
        this.#emit(container, "kill");
        return this.#end(container, 137);
      }
      case "remove-container":
        return this.#remove(step.target, step.force, context);
      case "rename-container": {
        const container = this.#target(step.target, context);
        context.ids.delete(container.name);
        container.name = step.to;
        context.ids.set(step.to, container.id);
        return this.#emit(container, "rename");
      }
      case "run-hook": {
        const container = this.#target(step.target, context);
        const code = this.#behaviours.get(container.name)?.hookCode ?? 0;
        if (container.state !== "running") throw refused(`container ${container.name} is not running`);
        if (code !== 0) throw refused(`hook of ${container.name} exited with code ${code}`);
        return;
      }
      case "wait-container":
        throw refused("a wait is no call");
      case "pull-image":
        this.missingImages.delete(step.image);
        return;
      case "connect-network":
        this.#target(step.target, context).networks.add(step.network);
        return;
      case "create-network":
        this.#networks.set(step.name, labelsOf(step.body["Labels"]));
        return;
      case "remove-network":
        this.#networks.delete(step.name);
        return;
      default:
        return;
    }
  }

  #create(name: string, body: EngineBody, context: ApplyContext): void {
    const twin = [...this.#containers.values()].find((container) => container.name === name);
    if (twin !== undefined) throw refused(`the name ${name} is in use by ${twin.id}`);
    const id = this.#newId();
    const container: ScriptedContainer = {
      id,
      name,
      image: typeof body["Image"] === "string" ? body["Image"] : "busybox",
      labels: labelsOf(fillIds(body, context.ids)["Labels"]),
      environment: textsOf(body["Env"]),
      namespaceOwner: namespaceOwnerOf(body, context),
      networks: new Set(networksOf(body)),
      created: this.#clock.now(),
      state: "created",
      exitCode: 0,
      outOfMemory: false,
      health: undefined,
      startedAt: undefined,
      finishedAt: undefined,
    };
    this.#containers.set(id, container);
    context.ids.set(name, id);
    this.#emit(container, "create");
  }

  #begin(container: ScriptedContainer): void {
    if (container.state === "running") return;
    const owner = container.namespaceOwner === undefined
      ? undefined
      : this.#containers.get(container.namespaceOwner);
    if (container.namespaceOwner !== undefined && owner?.state !== "running") {
      throw refused(`cannot join network of a non running container: ${container.namespaceOwner}`);
    }
    const behaviour = this.#behaviours.get(container.name);
    container.state = "running";
    container.exitCode = 0;
    container.outOfMemory = false;
    container.startedAt = this.#clock.now();
    container.health = behaviour?.hasHealthCheck === true ? "starting" : undefined;
    this.#emit(container, "start");
    if (behaviour?.exitsAtOnce !== undefined) this.#end(container, behaviour.exitsAtOnce);
  }

  #end(container: ScriptedContainer, exitCode: number): void {
    if (container.state !== "running") throw new Error(`${container.name} does not run: it cannot end`);
    container.state = "exited";
    container.exitCode = exitCode;
    container.finishedAt = this.#clock.now();
    if (container.health !== undefined) container.health = "unhealthy";
    this.#emit(container, "die", { exitCode });
  }

  async #stop(container: ScriptedContainer, graceSeconds: number, signal: AbortSignal): Promise<void> {
    if (container.state !== "running") return;
    const behaviour = this.#behaviours.get(container.name);
    this.#emit(container, "kill");
    if (behaviour?.ignoresStop === true) {
      await this.#clock.sleep(graceSeconds * 1000, signal);
      if (container.state === "running") this.#end(container, 137);
    } else {
      this.#end(container, behaviour?.stopCode ?? 143);
    }
    this.#emit(container, "stop");
  }

  #remove(target: ContainerReference, force: boolean, context: ApplyContext): void {
    const container = this.#find(target, context);
    if (container === undefined) return;
    if (container.state === "running" && !force) throw refused(`container ${container.name} is running`);
    if (container.state === "running") this.#end(container, 137);
    this.#containers.delete(container.id);
    this.#emit(container, "destroy");
  }

  #find(target: ContainerReference, context: ApplyContext): ScriptedContainer | undefined {
    return this.#containers.get(target.id ?? context.ids.get(target.name) ?? "");
  }

  #target(target: ContainerReference, context: ApplyContext): ScriptedContainer {
    const container = this.#find(target, context);
    if (container === undefined) throw refused(`no such container: ${target.name}`);
    return container;
  }

  #byName(name: string): ScriptedContainer {
    for (const container of this.#containers.values()) if (container.name === name) return container;
    throw new Error(`The test speaks of ${name}, which is not there`);
  }

  #newId(): string {
    return String(this.#nextId++).padStart(12, "0").padEnd(64, "a");
  }

  async #answer<T>(make: () => T): Promise<T> {
    await Promise.resolve();
    if (!this.#up) throw new MesoletError("Cannot ask the engine: nobody listens", ExitCode.unavailable);
    return make();
  }

  async #hangUntil(signal: AbortSignal | undefined): Promise<void> {
    const { promise, reject } = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    await promise;
  }

  #emit(
    container: ScriptedContainer,
    action: EngineEvent["action"],
    more: Pick<Partial<EngineEvent>, "exitCode" | "health"> = {},
  ): void {
    const event: EngineEvent = {
      action,
      containerId: container.id,
      containerName: container.name,
      labels: container.labels,
      time: this.#clock.now(),
      ...more,
    };
    if (this.#deaf) return;
    this.#history.push(event);
    for (const stream of this.#streams) stream.push(event);
  }

  #observed(container: ScriptedContainer): ObservedContainer {
    return {
      id: container.id,
      name: container.name,
      image: container.image,
      imageId: this.imageId,
      state: container.state,
      ...(container.health === undefined || container.state !== "running"
        ? {}
        : { health: container.health }),
      ...(container.state === "exited" ? { exitCode: container.exitCode } : {}),
      labels: container.labels,
      created: Math.floor(container.created / 1000),
      networks: Object.fromEntries(
        [...container.networks].map((name) => [name, { networkId: `id-${name}` }]),
      ),
      networkMode: container.namespaceOwner === undefined
        ? "bridge"
        : `container:${container.namespaceOwner}`,
      mounts: [],
      ports: [],
    };
  }

  #detail(container: ScriptedContainer): ContainerDetail {
    return {
      id: container.id,
      name: container.name,
      labels: container.labels,
      state: container.state,
      exitCode: container.exitCode,
      outOfMemory: container.outOfMemory,
      error: "",
      ...(container.health === undefined ? {} : { health: container.health }),
      ...(container.startedAt === undefined ? {} : { startedAt: container.startedAt }),
      ...(container.finishedAt === undefined ? {} : { finishedAt: container.finishedAt }),
      engineRestarts: 0,
      restartPolicy: "no",
      tty: false,
      addresses: [],
    };
  }
}

function refused(message: string): MesoletError {
  return new MesoletError(`The engine says: ${message}`, ExitCode.failed);
}

function labelsOf(value: Json | undefined): Record<string, string> {
  const labels: Record<string, string> = {};
  if (value === null || typeof value !== "object" || Array.isArray(value)) return labels;
  for (const [key, text] of Object.entries(value)) if (typeof text === "string") labels[key] = text;
  return labels;
}

function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((text): text is string => typeof text === "string") : [];
}

function networksOf(body: EngineBody): string[] {
  const networking = body["NetworkingConfig"];
  if (networking === null || typeof networking !== "object" || !("EndpointsConfig" in networking)) return [];
  const endpoints = networking.EndpointsConfig;
  return endpoints === null || typeof endpoints !== "object" ? [] : Object.keys(endpoints);
}

function namespaceOwnerOf(body: EngineBody, context: ApplyContext): string | undefined {
  const host = body["HostConfig"];
  if (host === null || typeof host !== "object" || !("NetworkMode" in host)) return undefined;
  const mode = host.NetworkMode;
  const found = typeof mode === "string" ? /^container:<id:(.+)>$/.exec(mode)?.[1] : undefined;
  if (found === undefined) return undefined;
  const id = context.ids.get(found);
  if (id === undefined) throw refused(`no such container: ${found}`);
  return id;
}

/** Events on their way to one reader. */
class EventStream implements AsyncIterable<EngineEvent> {
  readonly #events: EngineEvent[] = [];
  #wake = Promise.withResolvers<void>();
  #ended = false;

  push(event: EngineEvent): void {
    this.#events.push(event);
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EngineEvent, void, undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        yield event;
        continue;
      }
      if (this.#ended) return;
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
  }
}
