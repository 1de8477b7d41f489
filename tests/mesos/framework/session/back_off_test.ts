import { BackOff } from "../../../../src/mesos/framework/session/back_off.ts";
import { assert, assertEquals } from "../../../support/assert.ts";

function pauses(random: () => number, stood: readonly number[]): number[] {
  const backOff = new BackOff(15_000, random);
  return stood.map((time) => backOff.next(time));
}

Deno.test("back-off: pauses double, up to fifteen seconds", () => {
  const none = Array.from({ length: 7 }, () => 0);
  assertEquals(pauses(() => 0, none), [937.5, 1_875, 3_750, 7_500, 15_000, 15_000, 15_000]);
});

Deno.test("back-off: chance takes up to half of a pause away", () => {
  assertEquals(pauses(() => 0.5, [0, 0]), [703.125, 1_406.25]);
  const least = pauses(() => 1 - Number.EPSILON, Array.from({ length: 2_000 }, () => 0));
  assert(least.every((pause, index) => pause > 468 && (index < 4 || pause >= 7_500)));
});

Deno.test("back-off: a subscription that stood begins anew, one that fell at once does not", () => {
  assertEquals(pauses(() => 0, [0, 0, 14_999, 15_000, 0]), [937.5, 1_875, 3_750, 937.5, 1_875]);
});
