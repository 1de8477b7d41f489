import { FileElection } from "../../../src/mesos/detector/file_election.ts";
import { openSqliteStore } from "../../../src/mesos/framework/store/sqlite_store.ts";
import { formatLegacy, readLegacy, takeOver } from "../../../src/mesos/framework/succession.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects } from "../../support/assert.ts";

/** One term after the other, each with the store of a host. */
async function inTerms(
  work: (
    lead: (host: string, term: string, given?: string) => Promise<string | undefined>,
    registered: (host: string, term: string, id: string) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-succession-" });
  const election = new FileElection({ path: `${directory}/lead`, name: "test", clock: systemClock });
  const led = async <Result>(
    host: string,
    act: (of: Pick<Parameters<typeof takeOver>[0], "leadership" | "store">) => Promise<Result>,
  ) => {
    const leadership = await election.campaign(new AbortController().signal, () => {});
    const { store } = await openSqliteStore(`${directory}/${host}.db`);
    try {
      return await act({ leadership, store });
    } finally {
      store.close();
      await leadership.resign();
    }
  };
  try {
    await work(
      (host, term, given) =>
        led(host, (of) => takeOver({ ...of, term, isShared: true, given, path: `${host}.db` })),
      (host, term, frameworkId) =>
        led(host, async ({ leadership, store }) => {
          await leadership.writeNote(formatLegacy({ frameworkId, term }));
          store.setFramework(frameworkId);
          store.write([{ kind: "whole" }]);
        }),
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("a state is believed where nobody has led with another one since", () =>
  inTerms(async (lead, registered) => {
    assertEquals(await lead("a", "1"), undefined);
    await registered("a", "1", "f-1");
    assertEquals(await lead("a", "2"), undefined);
    assertEquals(await lead("b", "3"), "there is no state of framework f-1 here");
    assertEquals(await lead("b", "4"), undefined);
    assertEquals(await lead("a", "5"), "the state here is not the last one of framework f-1");
    assertEquals(await lead("a", "6"), undefined);
    await registered("b", "7", "f-2");
    assertEquals(await lead("a", "8"), "the state here is that of f-1, which is not f-2");
  }));

Deno.test("a state that no leader has left word of is believed, unless others may have led with another one", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-succession-" });
  try {
    for (const isShared of [false, true]) {
      const election = new FileElection({
        path: `${directory}/${isShared}`,
        name: "test",
        clock: systemClock,
      });
      const leadership = await election.campaign(new AbortController().signal, () => {});
      const { store } = await openSqliteStore(`${directory}/${isShared}.db`);
      store.setFramework("f-1");
      const doubt = await takeOver({ leadership, store, term: "1", isShared, path: "a.db" });
      assertEquals(doubt, isShared ? "the election does not know yet who has led before" : undefined);
      assertEquals(store.frameworkId, "f-1");
      store.close();
      await leadership.resign();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("an id that a person gives is taken where there is none, and not against what is known", () =>
  inTerms(async (lead) => {
    assertEquals(await lead("a", "1", "f-9"), "there is no state of framework f-9 here");
    assertEquals(await lead("a", "2", "f-9"), undefined);
    const error = await assertRejects(() => lead("a", "3", "f-8"), MesoletError);
    assertEquals(
      error.message,
      "--framework-id is f-8, but the state in a.db is that of f-9: leave the flag out, or name another file by --state",
    );
  }));

Deno.test("what leaders leave can be read back", () => {
  const legacy = { frameworkId: "f-1", term: "t" };
  assertEquals(readLegacy(formatLegacy(legacy)), legacy);
  assertEquals([readLegacy(undefined), readLegacy("")], [undefined, undefined]);
  // An id alone is that of a framework whose state nobody vouches for.
  assertEquals(readLegacy("f-1"), { frameworkId: "f-1", term: "" });
});
