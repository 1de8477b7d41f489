import { parseMesosDuration } from "../../../src/mesos/wire/mesos_duration.ts";
import { WireError } from "../../../src/mesos/wire/wire_error.ts";
import { assertAlmostEquals, assertThrows } from "../../support/assert.ts";

Deno.test("lengths of time are read in every unit of Mesos", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["0ns", 0],
    ["1500ns", 0.0015],
    ["250us", 0.25],
    ["12500ms", 12_500],
    ["5secs", 5_000],
    ["15mins", 900_000],
    ["1.5hrs", 5_400_000],
    ["2.days", 172_800_000],
    [".5weeks", 302_400_000],
  ];
  for (const [text, expected] of cases) assertAlmostEquals(parseMesosDuration(text, "X"), expected);
});

Deno.test("what is no length of time is refused with the variable's name", () => {
  for (
    const text of [
      "",
      "5",
      "secs",
      "5 secs",
      "-5secs",
      "5sec",
      "5s",
      "5SECS",
      "1e3secs",
      ".secs",
      "5secs ",
      "5secs\n",
    ]
  ) {
    assertThrows(
      () => parseMesosDuration(text, "MESOS_RECOVERY_TIMEOUT"),
      WireError,
      `MESOS_RECOVERY_TIMEOUT is ${JSON.stringify(text)}, which is no length of time`,
    );
  }
});
