import { SeldomTold } from "../../../../src/mesos/framework/board/seldom_told.ts";
import { assertEquals } from "../../../support/assert.ts";

Deno.test("what comes again and again is told once, and later how often it came", () => {
  const seldom = new SeldomTold(1_000);
  const told = (text: string, now: number) => seldom.take(text, now);
  assertEquals(told("refused ACCEPT: offer 4f-O12 is gone", 0), "refused ACCEPT: offer 4f-O12 is gone");
  assertEquals(told("refused ACCEPT: offer 4f-O13 is gone", 10), undefined);
  assertEquals(told("refused KILL: offer 4f-O13 is gone", 10), "refused KILL: offer 4f-O13 is gone");
  assertEquals(told("refused ACCEPT: offer 4f-O14 is gone", 999), undefined);
  assertEquals(
    told("refused ACCEPT: offer 4f-O15 is gone", 1_000),
    "refused ACCEPT: offer 4f-O15 is gone (and 2 times before, since it was told)",
  );
  assertEquals(told("refused ACCEPT: offer 4f-O16 is gone", 2_000), "refused ACCEPT: offer 4f-O16 is gone");
});
