import {
  type ElectionPlace,
  openElection,
  parseElectionPlace,
} from "../../../src/mesos/detector/election_place.ts";
import type { Election, Leadership } from "../../../src/mesos/detector/election.ts";
import { FileElection } from "../../../src/mesos/detector/file_election.ts";
import { TwoElections } from "../../../src/mesos/detector/two_elections.ts";
import { ZookeeperElection } from "../../../src/mesos/detector/zookeeper_election.ts";
import { systemClock } from "../../../src/pod/clock.ts";
import { assertEquals, assertInstanceOf, assertThrows } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait.ts";

Deno.test("an election is held in ZooKeeper or at a file", async () => {
  const servers = [{ hostname: "one", port: 2181 }, { hostname: "two", port: 2182 }];
  const table: [string, ElectionPlace][] = [
    ["file:/var/lib/mesolet/lead", { kind: "file", path: "/var/lib/mesolet/lead" }],
    ["file:///var/lib/mesolet/lead", { kind: "file", path: "/var/lib/mesolet/lead" }],
    ["zk://one,two:2182/mesolet/shop/", { kind: "zookeeper", servers, path: "/mesolet/shop" }],
    ["zk://u:p@one,two:2182/shop", { kind: "zookeeper", servers, path: "/shop", authority: "u:p" }],
  ];
  const random = () => 0;
  for (const [text, place] of table) {
    assertEquals(parseElectionPlace(text, "--elect"), place, text);
    const election = await openElection(place, { name: "a", clock: systemClock, random });
    if (place.kind === "file") assertInstanceOf(election, FileElection);
    else assertInstanceOf(election, ZookeeperElection);
  }
});

Deno.test("what is no place for an election is told without its password", () => {
  const form = "It has the form zk://HOST:PORT,HOST:PORT/PATH or file:/PATH";
  const table: [string, string][] = [
    ["/var/lib/lead", `--elect is "/var/lib/lead": that is no place for an election. ${form}`],
    ["file:lead", `--elect is "file:lead": that is no place for an election. ${form}`],
    ["file:/dir/", `--elect is "file:/dir/": that is no place for an election. ${form}`],
    [
      "zk://u:geheim@one",
      `--elect is "zk://…@one": the path in ZooKeeper is missing, such as /mesos. ${form}`,
    ],
  ];
  for (const [text, message] of table) {
    assertEquals(assertThrows(() => parseElectionPlace(text, "--elect"), Error).message, message);
  }
});

Deno.test("who has won one of two elections waits for the other, and loses both with one", async () => {
  const directory = await Deno.makeTempDir({ prefix: "mesolet-elections-" });
  const at = (path: string, name: string): Election =>
    new FileElection({ path: `${directory}/${path}`, name, clock: systemClock });
  const never = new AbortController().signal;
  try {
    const holder = await at("inner", "holder").campaign(never, () => {});
    const waits: string[] = [];
    let leadership: Leadership | undefined;
    const campaign = new TwoElections(at("outer", "one"), at("inner", "one"))
      .campaign(never, (reason) => waits.push(reason)).then((lead) => {
        leadership = lead;
        return lead;
      });
    await waitUntil("it waits", () => waits.length > 0);
    assertEquals([waits, leadership], [["another instance leads: holder"], undefined]);
    await holder.writeNote("old");
    await holder.resign();
    const lead = await campaign;
    assertEquals(await lead.readNote(), undefined);
    await lead.writeNote("new");
    assertEquals(
      await Promise.all(
        ["outer", "inner"].map((path) => Deno.readTextFile(`${directory}/${path}.framework`)),
      ),
      ["new\n", "new\n"],
    );
    await Deno.remove(`${directory}/outer`);
    await waitUntil("it is lost", () => lead.lost.aborted);
    await lead.resign();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
