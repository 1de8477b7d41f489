import { readConstraint } from "../../../../src/mesos/framework/one_off/read_constraint.ts";
import {
  lacksOfRules,
  noRules,
  wordsOfRequirement,
} from "../../../../src/mesos/framework/placement/rules.ts";
import { assertEquals, assertThrows } from "../../../support/assert.ts";
import { agent } from "../placement/offering.ts";

for (
  const [text, words] of [
    ["hostname=a", "hostname is a"],
    ["hostname==a", "hostname is a"],
    [" rack != r3 ", "rack is not r3"],
    ["zone in a,b", "zone is one of a, b"],
    ["zone in a, b", "zone is one of a, b"],
    ["disk~ssd.*", "disk matches ssd.*"],
    ["disk=~ssd=.*", "disk matches ssd=.*"],
    ["attributes.zone=x y", "attributes.zone is x y"],
    ["key=a=b", "key is a=b"],
    ["cabin=in b", "cabin is in b"],
  ] as const
) {
  Deno.test(`constraint: ${text}`, () => {
    assertEquals(wordsOfRequirement(readConstraint(text)), words);
  });
}

for (
  const [text, problem] of [
    ["rack", '"rack" is no rule'],
    ["=a", '"=a" is no rule'],
    ["", '"" is no rule'],
    ["rack=", "has no value behind ="],
    ["rack!=", "has no value behind !="],
    ["zone in a,,b", '"a,,b" is no list'],
    ["disk~a(", "is no regular expression"],
  ] as const
) {
  Deno.test(`constraint that is none: ${text}`, () => {
    assertThrows(() => readConstraint(text), RangeError, problem);
  });
}

Deno.test("constraint: the rules are those of x-pod.placement", () => {
  const rules = { ...noRules, require: [readConstraint("hostname~agent-[12].example")] };
  assertEquals(lacksOfRules(rules, agent("agent-1"), []), []);
  assertEquals(lacksOfRules(rules, agent("agent-3"), []).length, 1);
});
