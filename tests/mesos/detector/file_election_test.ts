import { FileElection } from "../../../src/mesos/detector/file_election.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../support/assert.ts";
import { SteppedClock } from "../../support/stepped_clock.ts";
import { waitUntil } from "../../support/wait.ts";
import { stepUntil } from "../framework/session/session_samples.ts";

async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-election-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const live = new AbortController().signal;

Deno.test("election by file: one leads, the next within a second, and has the framework's id", async () => {
  await withDirectory(async (directory) => {
    const clock = new SteppedClock();
    const path = `${directory}/deep/shop.lock`;
    const first = await new FileElection({ path, name: "process 1", clock }).campaign(live, () => {});
    assertEquals(await first.readNote(), undefined);
    await first.writeNote("f-1");
    const waits: string[] = [];
    const campaign = new FileElection({ path, name: "process 2", clock })
      .campaign(live, (reason) => waits.push(reason));
    await waitUntil("it waits", () => waits.length === 1);
    await clock.advance(10_000);
    assertEquals(waits, ["another instance leads: process 1"]);
    await first.resign();
    await first.resign();
    await clock.advance(1_000);
    const second = await campaign;
    assertEquals(await second.readNote(), "f-1");
    await second.writeNote(undefined);
    assertEquals(await second.readNote(), undefined);
    await assertRejects(() => first.writeNote("f-2"), MesoletError, "the lead was given away");
    await second.resign();
    assertEquals(clock.sleeping, 0);
  });
});

Deno.test("election by file: the lock goes with a process that is killed", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/shop.lock`;
    const module = new URL("../../../src/mesos/detector/file_election.ts", import.meta.url);
    const clock = new URL("../../../src/pod/clock.ts", import.meta.url);
    const code = `import { FileElection } from "${module}";
      import { systemClock as clock } from "${clock}";
      const election = new FileElection({ path: "${path}", name: "the other", clock });
      await election.campaign(new AbortController().signal, () => {});
      console.log("leads");`;
    await Deno.writeTextFile(`${directory}/lead.ts`, code);
    const other = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--no-config", `${directory}/lead.ts`],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = other.stdout.getReader();
    assertMatch(new TextDecoder().decode((await output.read()).value), /leads/);
    const stepped = new SteppedClock();
    const waits: string[] = [];
    const campaign = new FileElection({ path, name: "this one", clock: stepped })
      .campaign(live, (reason) => waits.push(reason));
    await waitUntil("it waits", () => waits.length === 1);
    assertEquals(waits, ["another instance leads: the other"]);
    other.kill("SIGKILL");
    await other.status;
    await output.cancel();
    await stepped.advance(1_000);
    const lead = await campaign;
    await lead.resign();
  });
});

Deno.test("election by file: a leader whose file is removed leads no more", async () => {
  await withDirectory(async (directory) => {
    const clock = new SteppedClock();
    const path = `${directory}/shop.lock`;
    const first = await new FileElection({ path, name: "one", clock }).campaign(live, () => {});
    await Deno.remove(path);
    const second = await new FileElection({ path, name: "two", clock }).campaign(live, () => {});
    await stepUntil(clock, "it is lost", () => first.lost.aborted, 1_000);
    assertMatch(String(first.lost.reason), /somebody has removed .*shop\.lock, so that others may lead$/);
    assert(!second.lost.aborted);
    await first.resign();
    await second.resign();
  });
});

Deno.test("election by file: leaves when it is told to, and says where it cannot be held", async () => {
  await withDirectory(async (directory) => {
    const clock = new SteppedClock();
    const path = `${directory}/shop.lock`;
    const lead = await new FileElection({ path, name: "one", clock }).campaign(live, () => {});
    const gone = new AbortController();
    const waits: string[] = [];
    const campaign = new FileElection({ path, name: "two", clock })
      .campaign(gone.signal, (reason) => waits.push(reason));
    await waitUntil("it waits", () => waits.length === 1);
    gone.abort(new Error("gone"));
    await assertRejects(() => campaign, Error, "gone");
    await lead.resign();
    const below = new FileElection({ path: `${path}/below`, name: "one", clock });
    await assertRejects(() => below.campaign(live, () => {}), MesoletError, "Cannot make the lock");
    assertEquals(clock.sleeping, 0);
  });
});
