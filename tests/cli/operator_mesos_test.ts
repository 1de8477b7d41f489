import { assertEquals } from "../support/assert.ts";
import { runProgram } from "./program.ts";

const mesos = ["operator", ".", "--listen", "none", "--target", "mesos"];
const cluster = [...mesos, "--master", "127.0.0.1:1"];

const fromSource =
  "this program runs from source, so that there is no one file to serve to the agents: build it (deno " +
  "task build), or say by --executor-uri or --executor-file where they have it from";

Deno.test("operator --target mesos: what is missing or contradicts itself is told, with what to do", async () => {
  const table: [readonly string[], string][] = [
    [mesos, "--target mesos needs --master, or MESOLET_MASTER: where the cluster's master is"],
    [
      [...mesos, "--master", "zk://one:2181"],
      '--master is "zk://one:2181": the path in ZooKeeper is missing, such as /mesos. It has the form HOST:PORT, a list ' +
      "of these, http(s)://HOST:PORT or zk://HOST:PORT,HOST:PORT/PATH",
    ],
    [
      cluster,
      fromSource,
    ],
    [
      [...cluster, "--executor-uri", "http://x/m", "--executor-file", "/m"],
      "give one of --executor-uri URI, --executor-file PATH and --serve HOST:PORT: the agents have this program from " +
      "one place",
    ],
    [[...cluster, "--executor-file", "m"], "--executor-file is m: give an absolute path"],
    [[...cluster, "--serve", "here"], "--serve is here: it has the form HOST:PORT"],
    [[...cluster, "--serve", "127.0.0.1:9"], fromSource],
    [[...cluster, "--secret-file", "/x", "--executor-file", "/m"], "--secret-file needs --principal"],
    [[...cluster, "--reap"], "--reap has no meaning with --target mesos"],
    [
      [...cluster, "--executor-file", "/m", "--elect", "here"],
      '--elect is "here": that is no place for an election. It has the form zk://HOST:PORT,HOST:PORT/PATH or file:/PATH',
    ],
    [["operator", ".", "--standby"], "--standby needs --target mesos"],
    [["operator", ".", "--role", "web"], "--role needs --target mesos"],
    [["operator", ".", "--executor-uri", "u"], "--executor-uri needs --target mesos"],
  ];
  for (const [words, message] of table) {
    const { code, error } = await runProgram(words, { host: "unix:///nowhere" });
    assertEquals([code, error.trimEnd().replace(/\n.*/s, "")], [64, `error: ${message}`], words.join(" "));
  }
});
