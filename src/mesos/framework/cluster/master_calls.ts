/** What is told to the master, as messages. */

import type {
  Filters,
  OfferID,
  SchedulerCall,
  SchedulerCallReconcileTask,
  TaskStatus,
} from "../../wire/messages.ts";
import type { OfferRound } from "./offer_round.ts";
import type { TaskRecord } from "./records.ts";
import { openTasksOf } from "./task_group.ts";

/** How many tasks one RECONCILE asks for: the master answers in between other work. */
const reconciledAtOnce = 5_000;

/**
 * Tells an instance to end, task by task, as its pod says: a grace of this call would count for each of its containers, in place of their
 * own.
 */
export function killCalls(task: TaskRecord): SchedulerCall[] {
  return openTasksOf(task).map((id) => killCall(id, task.agent.id));
}

/** Tells one task to end. With a wrong agent nothing would happen, without one the master looks for it. */
export function killCall(id: string, agent: string): SchedulerCall {
  return { type: "KILL", kill: { task_id: { value: id }, agent_id: { value: agent } } };
}

/** Tells a task to end of which nothing is known but that it runs. */
export function killStrangerCall({ task_id, agent_id }: TaskStatus): SchedulerCall {
  return { type: "KILL", kill: { task_id, ...(agent_id === undefined ? {} : { agent_id }) } };
}

/** Acknowledges a report; undefined for one that is not to be. */
export function acknowledgeCall({ task_id, agent_id, uuid }: TaskStatus): SchedulerCall | undefined {
  if (uuid === undefined || agent_id === undefined) return undefined;
  return { type: "ACKNOWLEDGE", acknowledge: { task_id, agent_id, uuid } };
}

/**
 * Asks for tasks.
 *
 * @param find what is known of a task by its id; undefined for one that is no task, which is asked for without an agent
 */
export function reconcileCalls(
  asked: { readonly implicit: boolean; readonly explicit: readonly string[] },
  find: (id: string) => TaskRecord | undefined,
): SchedulerCall[] {
  const calls: SchedulerCall[] = asked.implicit ? [{ type: "RECONCILE", reconcile: {} }] : [];
  for (let begin = 0; begin < asked.explicit.length; begin += reconciledAtOnce) {
    const tasks = asked.explicit.slice(begin, begin + reconciledAtOnce).map(
      (id): SchedulerCallReconcileTask => {
        const task = find(id);
        // With its agent, so that the master does not answer for one that has not come back yet.
        return {
          task_id: { value: id },
          ...(task === undefined ? {} : { agent_id: { value: task.agent.id } }),
        };
      },
    );
    calls.push({ type: "RECONCILE", reconcile: { tasks } });
  }
  return calls;
}

/**
 * Takes of a round of offers what was chosen, and gives the rest back.
 *
 * @param filters for how long the master is not to offer the rest again
 */
export function offerCalls(round: OfferRound, accepted: Filters, declined: Filters): SchedulerCall[] {
  const calls = round.accepted.map(({ offerIds, tasks, groups }): SchedulerCall => ({
    type: "ACCEPT",
    accept: {
      offer_ids: offerIds,
      operations: [
        ...(tasks.length === 0 ? [] : [{ type: "LAUNCH", launch: { task_infos: tasks } } as const]),
        ...groups.map(({ executor, tasks }) =>
          ({ type: "LAUNCH_GROUP", launch_group: { executor, task_group: { tasks } } }) as const
        ),
      ],
      filters: accepted,
    },
  }));
  const unused: readonly OfferID[] = round.unused;
  if (unused.length > 0) calls.push({ type: "DECLINE", decline: { offer_ids: unused, filters: declined } });
  return calls;
}
