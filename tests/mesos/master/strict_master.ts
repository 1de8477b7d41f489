import { type Clock, systemClock } from "../../../src/pod/clock.ts";
import { waitUntil } from "../../support/wait.ts";
import type { MasterHost } from "./master_host.ts";
import { MasterService } from "./master_service.ts";
import type { AgentDescription, MasterSettings } from "./master_settings.ts";
import type { SimulatedAgent } from "./simulated_agent.ts";
import { SimulatedAgents, type SimulatedBehaviour } from "./simulated_agents.ts";
import { StrictAgentHost, type StrictAgentHostOptions } from "./strict_agent_host.ts";

/** How a master is set up. Times in milliseconds; what is left out is as on a real master. */
export interface StrictMasterOptions extends
  Pick<
    MasterSettings,
    | "heartbeatInterval"
    | "allocationInterval"
    | "agentPingTimeout"
    | "agentReregisterTimeout"
    | "quotas"
  > {
  /** Secrets by principal; with some, everybody has to show who it is. */
  readonly credentials?: ReadonlyMap<string, string>;
  /** PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  readonly clock?: Clock;
  /** 0 or absent for any. */
  readonly port?: number;
  /** Sends each record in several chunks. */
  readonly scatter?: boolean;
  /** How simulated executors behave. */
  readonly behaviour?: SimulatedBehaviour;
}

const ip = "127.0.0.1";

/**
 * A master of Mesos to test a framework against: answers, refusals and silences as of a real one, and agents behind it,
 * simulated ones or strict ones with real executors.
 */
export class StrictMaster implements AsyncDisposable {
  readonly #service: MasterService;
  readonly #clock: Clock;
  readonly #simulated: SimulatedAgents;
  readonly #hosts: StrictAgentHost[] = [];
  #nextPort: number | undefined;
  #closed = false;

  constructor(options: StrictMasterOptions = {}) {
    const { credentials, tls, clock = systemClock, port = 0, scatter, behaviour, ...core } = options;
    this.#clock = clock;
    this.#service = new MasterService({
      listening: { hostname: ip, port, ...(tls === undefined ? {} : { tls }) },
      ...(credentials === undefined ? {} : { credentials }),
      ...(scatter === undefined ? {} : { scatter }),
      host: { clock, core: { ...core, ip, hostname: ip, port } },
    });
    this.#simulated = new SimulatedAgents(this.host, clock, behaviour);
  }

  /** `host:port`. */
  get endpoint(): string {
    return `${ip}:${this.#service.port}`;
  }

  get port(): number {
    return this.#service.port;
  }

  /** The master without its socket: what it knows, and what it can be told. */
  get host(): MasterHost {
    return this.#service.host;
  }

  /** What was wrong or unwise in what frameworks did. */
  get breaches(): readonly string[] {
    return this.host.conduct.breaches;
  }

  /** Every request and what it came to: `POST /api/v1/scheduler DECLINE 202`. */
  get exchanges(): readonly string[] {
    return this.#service.exchanges;
  }

  /** Adds an agent without processes. */
  addAgent(description: Partial<AgentDescription> = {}): SimulatedAgent {
    return this.#simulated.add(description);
  }

  /** Adds an agent with real executors. */
  async addStrictAgent(options: StrictAgentHostOptions = {}): Promise<StrictAgentHost> {
    const host = await StrictAgentHost.start(this.host, { clock: this.#clock, ...options });
    this.#hosts.push(host);
    return host;
  }

  get agents(): readonly (SimulatedAgent | StrictAgentHost)[] {
    return [...this.#simulated.agents, ...this.#hosts];
  }

  /** Waits until a framework's stream stands. */
  async subscribed(deadline = 20_000): Promise<void> {
    await waitUntil("a framework is subscribed", () => this.#service.streams > 0, deadline);
  }

  /**
   * The master dies: connections break, and new ones are refused. Agents and tasks go on.
   *
   * @param nextPort where the one listens that is started after it; absent: at the same port
   */
  async stop(nextPort?: number): Promise<void> {
    this.host.nextPort = this.#nextPort = nextPort ?? this.port;
    this.host.stop();
    await this.#service.close();
  }

  /**
   * Starts a master that was stopped: first it knows nothing, then it recovers, then agents come back. With a `leader` it
   * never leads: it follows that one from the first moment on.
   */
  async start(
    times: {
      readonly routingFor?: number;
      readonly recoveringFor?: number;
      readonly agentsAfter?: number;
      readonly leader?: string;
    } = {},
  ): Promise<void> {
    if (times.leader !== undefined) {
      this.follow(times.leader);
      this.#service.listen(this.#nextPort);
      return;
    }
    this.host.phase = "routing";
    this.#service.listen(this.#nextPort);
    await this.#clock.sleep(times.routingFor ?? 50);
    this.host.phase = "recovering";
    await this.#clock.sleep(times.recoveringFor ?? 200);
    this.host.lead();
    await this.#clock.sleep(times.agentsAfter ?? 500);
    this.host.rejoin();
  }

  async restart(
    times: {
      readonly downFor?: number;
      readonly routingFor?: number;
      readonly recoveringFor?: number;
      readonly agentsAfter?: number;
    } = {},
  ): Promise<void> {
    await this.stop();
    await this.#clock.sleep(times.downFor ?? 100);
    await this.start(times);
  }

  /** Another master leads: everything is answered with 307 and its address. Streams break. */
  follow(leader: string | undefined): void {
    this.host.stop();
    this.#service.cutStreams();
    this.#service.leader = leader;
    this.host.phase = leader === undefined ? "leaderless" : "following";
  }

  /** Breaks the streams of events, and nothing else. */
  drop(): void {
    this.#service.cutStreams();
  }

  /** Keeps silent, with all connections open. */
  hang(): void {
    this.#service.hanging = true;
  }

  /** Speaks again after {@linkcode hang}. */
  resume(): void {
    this.#service.hanging = false;
  }

  /** Answers everything with this status from now on; without one, as it should. */
  refuse(status?: number): void {
    this.#service.refusing = status;
  }

  /** Ends everything behind it, and itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#simulated.end();
    for (const host of this.#hosts) await host[Symbol.asyncDispose]();
    await this.#service.end();
  }
}
