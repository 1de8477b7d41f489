import type { BuildTask } from "../cluster/messages.ts";
import { groupOfWish } from "../native/group_of_wish.ts";
import { taskBuilder, type TaskSetup } from "./task_of_wish.ts";

/** Makes what is launched of each wish: a task with this program as its executor, or a group under that of Mesos. */
export function launchBuilder(setup: TaskSetup): BuildTask {
  const ofOurs = taskBuilder(setup);
  return (wish, place) => {
    const { group } = wish.task;
    return group === undefined ? ofOurs(wish, place) : groupOfWish(wish, group, place, setup.user);
  };
}
