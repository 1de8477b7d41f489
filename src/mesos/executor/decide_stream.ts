import { ExitCode } from "../../pod/errors.ts";
import type { ExecutorEvent, ExecutorEventSubscribed, TaskInfo } from "../wire/messages.ts";
import { answerInWords, isUnknownToAgent } from "./answers.ts";
import type { SessionDraft } from "./session_draft.ts";
import type { Outcome, Trouble } from "./session_state.ts";
import { hexadecimal, withAccepted, withAcknowledged, withTask } from "./updates.ts";
import { isTerminal } from "../wire/terminal_states.ts";

/** The agent launches an executor and waits for its SUBSCRIBE: the first one is sent at once. */
export function onFirstAttempt(draft: SessionDraft): void {
  if (draft.state.link.kind !== "new") return;
  const { settings, bounds } = draft.state;
  const patience = settings.checkpoint
    ? Math.max(settings.recoveryTimeout, bounds.firstSubscription)
    : bounds.firstSubscription;
  draft.set({ giveUpAt: draft.now + patience });
  draft.subscribe();
}

/** The head of the answer to SUBSCRIBE, or why there is none. */
export function onSubscribeAnswered(draft: SessionDraft, outcome: Outcome): void {
  const { link, bounds } = draft.state;
  if (link.kind !== "subscribing") return;
  if (outcome.kind === "answered" && outcome.status === 200) {
    return draft.set({ link: { ...link, firstEventBy: draft.now + bounds.firstEvent } });
  }
  draft.unsubscribed(troubleOf(outcome));
}

/**
 * Why the agent did not subscribe us. A refusal may be of the moment: whoever has the agent's port while it restarts,
 * or an agent that has not read its disk yet. So each is tried again until the agent is given up.
 */
function troubleOf(outcome: Outcome): Trouble {
  if (outcome.kind === "failed") return { reason: outcome.reason, exitCode: ExitCode.unavailable };
  const reason = answerInWords(outcome);
  switch (outcome.status) {
    case 401:
    case 403:
      return { reason: `the agent refuses this executor (${reason})`, exitCode: ExitCode.permission };
    case 404:
    case 503:
      return { reason: `the agent is not ready (${reason})`, exitCode: ExitCode.unavailable };
    case 400:
      if (isUnknownToAgent(outcome.text)) {
        return {
          reason: `the agent does not know this executor (${reason})`,
          exitCode: ExitCode.unavailable,
        };
      }
  }
  return {
    reason: `the agent cannot use this executor's SUBSCRIBE (${reason})`,
    exitCode: ExitCode.software,
  };
}

/** An event of the present stream. */
export function onEvent(draft: SessionDraft, event: ExecutorEvent): void {
  const { link } = draft.state;
  if (link.kind === "subscribed") {
    draft.set({
      link: { ...link, heardAt: draft.now, heartbeats: link.heartbeats || event.type === "HEARTBEAT" },
    });
  }
  switch (event.type) {
    case "SUBSCRIBED":
      return onSubscribed(draft, event.subscribed);
    case "ACKNOWLEDGED":
      return onAcknowledged(draft, hexadecimal(event.acknowledged.uuid));
    case "LAUNCH":
      return onLaunch(draft, event, [event.launch.task]);
    case "LAUNCH_GROUP":
      return onLaunch(draft, event, event.launch_group.task_group.tasks ?? []);
    case "SHUTDOWN":
      draft.tell({ kind: "event", event });
      // Without SUBSCRIBED it is the agent's way to refuse an executor that it has written off.
      if (link.kind === "subscribing") draft.part();
      return;
    case "KILL":
    case "MESSAGE":
    case "ERROR":
      return draft.tell({ kind: "event", event });
    case "HEARTBEAT":
    case "UNKNOWN":
      return;
  }
}

function onSubscribed(draft: SessionDraft, subscribed: ExecutorEventSubscribed): void {
  const { link, everSubscribed, updates, bounds } = draft.state;
  if (link.kind !== "subscribing") return;
  draft.set({
    link: { kind: "subscribed", heardAt: draft.now, heartbeats: false },
    connected: true,
    everSubscribed: true,
    giveUpAt: undefined,
    trouble: undefined,
    callFailures: 0,
    heartbeatAt: draft.now + bounds.heartbeat,
    // What SUBSCRIBE listed the agent takes as if it had been sent, even while it answers 503 to an UPDATE.
    updates: withAccepted(updates, link.listed, draft.now),
  });
  draft.tell({ kind: "subscribed", subscribed, again: everSubscribed });
}

/** An agent may acknowledge twice what was sent twice: the second time nothing is waiting for it. */
function onAcknowledged(draft: SessionDraft, uuid: string): void {
  const { updates, update } = withAcknowledged(draft.state.updates, uuid);
  if (update === undefined) return;
  draft.set({ updates });
  const { state } = update.update.status;
  draft.tell({ kind: "acknowledged", taskId: update.taskId, state, terminal: isTerminal(state) });
}

function onLaunch(draft: SessionDraft, event: ExecutorEvent, tasks: readonly TaskInfo[]): void {
  const { live } = draft.state.updates;
  const repeated = tasks.map((task) => task.task_id.value).filter((taskId) => live.has(taskId));
  if (repeated.length > 0) {
    return draft.remark(`Ignored a ${event.type} of ${repeated.join(", ")}: it is running already`);
  }
  draft.set({ updates: tasks.reduce(withTask, draft.state.updates) });
  draft.tell({ kind: "event", event });
}

/**
 * What cannot be read may have been a LAUNCH, and the agent does not repeat it. Subscribing anew tells the agent which
 * tasks arrived: the others it reports as lost.
 */
export function onUnreadable(draft: SessionDraft, reason: string): void {
  if (draft.state.link.kind !== "subscribed") {
    return draft.unsubscribed({ reason, exitCode: ExitCode.software });
  }
  draft.remark(`Ignored an event of the Mesos agent: ${reason}`);
  const { resubscribeFrom, bounds } = draft.state;
  const at = Math.max(draft.now, resubscribeFrom ?? draft.now);
  draft.set({ resubscribeFrom: at + bounds.subscribePause });
  if (at === draft.now) return draft.subscribe();
  // An agent that says it again at every subscription must not be asked without a pause.
  draft.abortCall();
  draft.do({ kind: "drop-stream" });
  draft.set({ link: { kind: "waiting", until: at } });
}

/** The agent closed the stream, or it broke. */
export function onStreamEnded(draft: SessionDraft, reason: string): void {
  draft.unsubscribed({ reason, exitCode: ExitCode.unavailable });
}

/** Time has passed: what was due is done. */
export function onTick(draft: SessionDraft): void {
  const { link, giveUpAt, bounds } = draft.state;
  if (giveUpAt !== undefined && giveUpAt <= draft.now) return onPatienceOver(draft);
  if (link.kind === "waiting" && link.until <= draft.now) return draft.subscribe();
  if (link.kind === "subscribing" && (link.firstEventBy ?? Infinity) <= draft.now) {
    return onStreamEnded(draft, "the agent did not confirm the subscription");
  }
  if (link.kind === "subscribed" && link.heartbeats && link.heardAt + bounds.streamSilence <= draft.now) {
    draft.remark("The Mesos agent sends no heartbeats any more: subscribing anew");
    draft.subscribe();
  }
}

function onPatienceOver(draft: SessionDraft): void {
  const { trouble, everSubscribed } = draft.state;
  const { reason, exitCode } = trouble ??
    { reason: "the agent does not answer", exitCode: ExitCode.unavailable };
  const since = everSubscribed ? "no subscription within the recovery timeout" : "no subscription so far";
  draft.giveUp({ reason: `${since}: ${reason}`, exitCode });
}
