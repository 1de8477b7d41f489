import {
  formatHost,
  formatMasterAddress,
  type MasterAddress,
  parseMasterAddress,
} from "../../../src/mesos/detector/master_address.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assert, assertEquals, assertThrows } from "../../support/assert.ts";

const list = (secure: boolean, ...masters: readonly (readonly [string, number])[]): MasterAddress => ({
  kind: "list",
  secure,
  masters: masters.map(([hostname, port]) => ({ hostname, port })),
});

Deno.test("--master: hosts, lists, schemes and ZooKeeper", () => {
  assertEquals(parseMasterAddress("m1", "--master"), list(false, ["m1", 5050]));
  assertEquals(parseMasterAddress("10.0.0.1:6000", "--master"), list(false, ["10.0.0.1", 6000]));
  assertEquals(
    parseMasterAddress("m1, m2:1 ,m3", "--master", true),
    list(true, ["m1", 5050], ["m2", 1], ["m3", 5050]),
  );
  assertEquals(
    parseMasterAddress("[::1]:5051,[fe80::1]", "--master"),
    list(false, ["::1", 5051], ["fe80::1", 5050]),
  );
  assertEquals(parseMasterAddress("http://m1/", "--master", true), list(false, ["m1", 5050]));
  assertEquals(parseMasterAddress("https://m1:443,m2:443", "--master"), list(true, ["m1", 443], ["m2", 443]));
  assertEquals(parseMasterAddress("zk://z1,z2:2182/mesos/", "--master"), {
    kind: "zookeeper",
    secure: false,
    servers: [{ hostname: "z1", port: 2181 }, { hostname: "z2", port: 2182 }],
    path: "/mesos",
  });
  assertEquals(parseMasterAddress("zk://me:a:b@[::1]:1/a/b", "--master", true), {
    kind: "zookeeper",
    secure: true,
    servers: [{ hostname: "::1", port: 1 }],
    path: "/a/b",
    authority: "me:a:b",
  });
  for (
    const [text, shown] of [
      ["zk://me:secret@[::1]:1,z2/a/b/", "zk://[::1]:1,z2:2181/a/b"],
      ["https://m1,m2:1", "https://m1:5050,m2:1"],
      ["m1", "m1:5050"],
    ] as const
  ) {
    assertEquals(formatMasterAddress(parseMasterAddress(text, "--master")), shown);
  }
  assertEquals([formatHost({ hostname: "::1", port: 1 }), formatHost({ hostname: "a", port: 2 })], [
    "[::1]:1",
    "a:2",
  ]);
});

Deno.test("--master: what is wrong is said in one line, without the password", () => {
  const table: readonly (readonly [text: string, why: string])[] = [
    ["", "a host is missing"],
    ["m1,,m2", "a host is missing"],
    ["m1:0", "m1:0 is no host"],
    ["m1:70000", "m1:70000 is no host"],
    ["m 1", "m 1 is no host"],
    ["::1", "::1 is no host"],
    ["http://m1/path", "a master has no path"],
    ["ftp://m1", "ftp is no way to find a master"],
    ["ZK://m1", "ZK is no way to find a master"],
    ["zk://z1", "the path in ZooKeeper is missing, such as /mesos"],
    ["zk://z1/", "the path in ZooKeeper is missing, such as /mesos"],
    ["zk://z1//a", "the path in ZooKeeper is missing, such as /mesos"],
    ["zk:///mesos", "a host is missing"],
    ["zk://me:secret@/mesos", "a host is missing"],
    ["zk://me@z1/mesos", "who asks has the form USER:PASSWORD"],
    ["zk://me:secret@z1", "the path in ZooKeeper is missing, such as /mesos"],
    ["zk://me:se/cret@z1/mesos", "a password has no / and no @ here"],
    ["zk://me:se@cret@z1/mesos", "a password has no / and no @ here"],
    ["http://me:secret@m1", "who asks is said by --principal and --secret-file"],
    ["me:secret@m1", "who asks is said by --principal and --secret-file"],
  ];
  for (const [text, why] of table) {
    const error = assertThrows(() => parseMasterAddress(text, "--master"), MesoletError);
    assertEquals(error.exitCode, 64);
    assert(error.message.includes(`: ${why}. It has the form `), `${text}: ${error.message}`);
    assert(!/:se|cret@/.test(error.message) && !error.message.includes("\n"), error.message);
  }
});
