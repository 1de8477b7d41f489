import { inWords, judgeCall, judgeSubscribe } from "../../../../src/mesos/framework/session/judge_answer.ts";
import { assertEquals } from "../../../support/assert.ts";

const answer = (status: number, text = "") => ({ status, text, headers: new Headers() });

Deno.test("answers to SUBSCRIBE: which of them may pass", () => {
  const table: readonly (readonly [status: number, passing: boolean, reason: string])[] = [
    [400, false, "refuses SUBSCRIBE (400 Expecting something)"],
    [
      401,
      false,
      "refuses this framework (401 Expecting something): it wants to know who asks: give --principal and --secret-file",
    ],
    [404, true, "does not know the scheduler's API, or not yet (404 Expecting something)"],
    [405, false, "refuses SUBSCRIBE (405 Expecting something)"],
    [406, false, "refuses SUBSCRIBE (406 Expecting something)"],
    [415, false, "refuses SUBSCRIBE (415 Expecting something)"],
    [500, true, "refuses SUBSCRIBE (500 Expecting something)"],
    [502, true, "refuses SUBSCRIBE (502 Expecting something)"],
    [503, true, "does not lead, or recovers (503 Expecting something)"],
  ];
  for (const [status, passing, reason] of table) {
    assertEquals(judgeSubscribe(answer(status, "Expecting something"), false), { passing, reason });
  }
  for (const status of [401, 403]) {
    assertEquals(judgeSubscribe(answer(status), true), {
      passing: false,
      reason:
        `refuses this framework (${status}): the principal or its secret is wrong, or may not register frameworks`,
    });
  }
});

Deno.test("answers to calls: what of them is the call's fault, and what the subscription's", () => {
  const table: readonly (readonly [status: number, text: string, verdict: string])[] = [
    [200, "", "accepted"],
    [202, "", "accepted"],
    [307, "", "lost"],
    [400, "Framework cannot be found", "stale"],
    [
      400,
      "The stream ID 'a' included in this request didn't match the stream ID currently associated with framework ID b",
      "stale",
    ],
    [400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header", "stale"],
    [400, "Failed to validate scheduler::Call: Not a valid UUID", "refused"],
    [400, "Authenticated principal 'a' does not match principal 'b' set in `FrameworkInfo`", "refused"],
    [401, "", "lost"],
    [403, "Framework is not subscribed", "stale"],
    [404, "404 Not Found.", "lost"],
    [405, "", "refused"],
    [413, "", "refused"],
    [415, "", "refused"],
    [500, "", "lost"],
    [501, "501 Not Implemented.", "refused"],
    [503, "Master has not finished recovery", "lost"],
  ];
  for (const [status, text, verdict] of table) assertEquals(judgeCall(answer(status, text)), verdict);
});

Deno.test("answers in words: one line, no longer than one, and nothing that a terminal acts on", () => {
  assertEquals(inWords(answer(503)), "503");
  assertEquals(inWords(answer(404, "404 Not Found.\n")), "404 Not Found.");
  assertEquals(inWords(answer(400, "first\nsecond")), "400 first");
  assertEquals(inWords(answer(400, "a\u001b[31mred")), "400 a [31mred");
  assertEquals(inWords(answer(400, "x".repeat(1_000))).length, 204);
});
