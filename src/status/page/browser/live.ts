import type { AgentsRecord } from "../../cluster_record.ts";
import type { BoardRecord, EventRecord } from "../../pod_record.ts";
import { RepeatedAsk } from "./repeated_ask.ts";

/** What the page hears. */
export interface LiveListener {
  board(board: BoardRecord): void;
  agents(agents: AgentsRecord): void;
  event(event: EventRecord): void;
  gap(from: number, to: number): void;
  connection(state: "live" | "waiting" | "lost", text: string): void;
}

/** Milliseconds. The pods are asked for at most so often, however much happens. */
const betweenBoards = 1_000;
const betweenAgents = 3_000;
const agentsAtLeast = 15_000;
/** The server says something every ten seconds. */
const silence = 25_000;
const beforeRetry = 2_000;

/** Keeps what the page shows up to date, and says when it cannot. */
export class Live {
  readonly #listener: LiveListener;
  #source: EventSource | undefined;
  #heard = Date.now();
  #seen: string | undefined;
  readonly #pods: RepeatedAsk<BoardRecord>;
  readonly #agents: RepeatedAsk<AgentsRecord>;
  #isCluster = false;

  constructor(listener: LiveListener) {
    this.#listener = listener;
    this.#pods = new RepeatedAsk("/v1/pods", betweenBoards, true, (board: BoardRecord) => {
      const wasCluster = this.#isCluster;
      this.#isCluster = board.cluster !== undefined;
      listener.board(board);
      if (this.#isCluster && !wasCluster) this.#agents.ask();
    });
    this.#agents = new RepeatedAsk(
      "/v1/agents",
      betweenAgents,
      true,
      (agents: AgentsRecord) => listener.agents(agents),
    );
    this.#open();
    setInterval(() => this.#watch(), 5_000);
    // Offers come and go without a word about it.
    setInterval(() => {
      if (this.#isCluster) this.#agents.ask();
    }, agentsAtLeast);
  }

  #open(): void {
    this.#source?.close();
    const source = new EventSource("/v1/events?since=0");
    this.#source = source;
    source.addEventListener("open", () => {
      this.#alive();
      this.#ask();
    });
    source.addEventListener("alive", () => this.#alive());
    source.addEventListener("change", () => {
      this.#alive();
      this.#ask();
    });
    source.addEventListener("gap", ({ data }) => {
      const { from, to }: { from: number; to: number } = JSON.parse(data);
      this.#listener.gap(from, to);
    });
    source.addEventListener("message", (message) => {
      this.#alive();
      // A source that was made anew starts from the first event again.
      if (message.lastEventId === this.#seen || isAfter(this.#seen, message.lastEventId)) return;
      this.#seen = message.lastEventId;
      const event: EventRecord = JSON.parse(message.data);
      this.#listener.event(event);
      this.#ask();
    });
    source.addEventListener("error", () => {
      this.#lose();
      // It tries again by itself, but not after an answer that is no stream of events.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.#open(), beforeRetry);
    });
  }

  #alive(): void {
    this.#heard = Date.now();
    this.#listener.connection("live", "Live");
  }

  /** A connection may be dead without either side having been told. */
  #watch(): void {
    if (Date.now() - this.#heard < silence || this.#source?.readyState !== EventSource.OPEN) return;
    this.#lose();
    this.#open();
  }

  /** What is shown stays, with the time that it is of. The text stays the same for as long: it is read out once. */
  #lose(): void {
    const heard = new Date(this.#heard).toLocaleTimeString();
    this.#listener.connection("lost", `No word from the operator since ${heard}: trying again`);
  }

  /** Asks for what is shown of pods, and of agents where there are any. */
  #ask(): void {
    this.#pods.ask();
    if (this.#isCluster) this.#agents.ask();
  }
}

/** Whether one event's id is later than another's of the same run of the operator. */
function isAfter(id: string | undefined, other: string): boolean {
  const [, run, number] = /^(.+)-(\d+)$/.exec(id ?? "") ?? [];
  const [, otherRun, otherNumber] = /^(.+)-(\d+)$/.exec(other) ?? [];
  return run !== undefined && run === otherRun && Number(number) > Number(otherNumber);
}
