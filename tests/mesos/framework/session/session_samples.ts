import { type Clock, systemClock } from "../../../../src/pod/clock.ts";
import { parseMasterAddress } from "../../../../src/mesos/detector/master_address.ts";
import { ListedMasters, type MasterLocator } from "../../../../src/mesos/detector/master_locator.ts";
import {
  type MasterNotice,
  type MasterSession,
  type MasterSessionOptions,
  openMasterSession,
} from "../../../../src/mesos/framework/session/master_session.ts";
import type { FrameworkInfo, SchedulerCall } from "../../../../src/mesos/wire/messages.ts";
import { waitUntil } from "../../../support/wait.ts";
import { politeInfo } from "../../master/test_framework.ts";

/** The locator of masters by name. */
export function listed(text: string, secure = false): MasterLocator {
  const address = parseMasterAddress(text, "--master", secure);
  if (address.kind !== "list") throw new Error(`${text} is no list`);
  return new ListedMasters(address.masters, address.secure);
}

/** A session under test, and what it told. */
export class HeardSession implements AsyncDisposable {
  readonly notices: MasterNotice[] = [];
  /** Called with every notice, before anybody waits for it. */
  onNotice: (notice: MasterNotice) => void = () => {};
  readonly session: MasterSession;
  /** The id that is kept for the framework, as its owner does. */
  id: string | undefined;
  /** How `done` ended, where it did. */
  end: unknown;

  /** @param masters as in `--master`, or a locator */
  constructor(
    masters: string | MasterLocator,
    options: Partial<Omit<MasterSessionOptions, "framework">> & {
      readonly info?: Partial<FrameworkInfo>;
      readonly id?: string;
    } = {},
  ) {
    const { info, id, ...rest } = options;
    this.id = id;
    this.session = openMasterSession({
      locator: typeof masters === "string" ? listed(masters) : masters,
      framework: () => ({
        ...politeInfo,
        ...info,
        ...(this.id === undefined ? {} : { id: { value: this.id } }),
      }),
      media: "application/x-protobuf",
      clock: systemClock,
      random: () => 0,
      // Pauses begin with 100 ms, and the third is longer than 100 ms.
      bounds: { backOffLast: 1_600, lastWords: 200 },
      onNotice: (notice) => {
        if (notice.kind === "subscribed") this.id = notice.frameworkId;
        this.notices.push(notice);
        this.onNotice(notice);
      },
      ...rest,
    });
    this.session.done.catch((error) => this.end = error);
  }

  /** What was told, in short; without heartbeats and offers. */
  get told(): readonly string[] {
    return this.notices.flatMap((notice) => {
      switch (notice.kind) {
        case "subscribed":
          return [notice.isNew ? "subscribed anew" : "subscribed"];
        case "disconnected":
        case "trouble":
          return [`${notice.kind}: ${notice.reason}`];
        case "refused":
          return [`refused ${notice.call.type}: ${notice.reason}`];
        case "event":
          return ["HEARTBEAT", "OFFERS"].includes(notice.event.type) ? [] : [notice.event.type];
      }
    });
  }

  /** The reasons of notices of that kind. */
  reasons(kind: "disconnected" | "trouble" | "refused"): readonly string[] {
    return this.notices.flatMap((notice) =>
      notice.kind === kind && "reason" in notice ? [notice.reason] : []
    );
  }

  get subscriptions(): number {
    return this.notices.filter(({ kind }) => kind === "subscribed").length;
  }

  async subscribed(times = 1): Promise<void> {
    await waitUntil(`it has subscribed ${times} times`, () => this.subscriptions >= times);
  }

  async ended(): Promise<unknown> {
    await waitUntil("the session has ended for good", () => this.end !== undefined);
    return this.end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }
}

/** A call that a master takes at any time. */
export const reconcileAll: SchedulerCall = { type: "RECONCILE", reconcile: { tasks: [] } };

/** Steps a clock on until something is the case. */
export async function stepUntil(
  clock: Clock & { advance(milliseconds: number): Promise<void> },
  what: string,
  condition: () => boolean,
  step = 100,
): Promise<void> {
  await waitUntil(what, async () => {
    if (!condition()) await clock.advance(step);
    return condition();
  });
}
