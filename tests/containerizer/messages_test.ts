import { compileDescriptor, containerizerProtoFiles, protoDirectory } from "../../scripts/proto.ts";
import {
  decodeChosen,
  decodeLaunch,
  decodeUpdate,
  encodeContainers,
  encodeStatistics,
  encodeTermination,
} from "../../src/containerizer/codec.ts";
import { framed, readMessage } from "../../src/containerizer/framing.ts";
import { limitsOf } from "../../src/containerizer/limits.ts";
import { terminationOf } from "../../src/containerizer/termination.ts";
import { MesoletError } from "../../src/pod/errors.ts";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "../support/assert.ts";
import { chosenMessage, launchMessage, updateMessage } from "./agent_messages.ts";
import { bytes, message, ReadMessage, text } from "./protobuf.ts";

Deno.test("proto/containerizer.json is what its proto text says; deno task proto makes it anew", async () => {
  assertEquals(
    await Deno.readTextFile(`${protoDirectory}containerizer.json`),
    compileDescriptor(containerizerProtoFiles),
  );
});

/** Gives bytes in pieces of a size, as pipes do; fails where somebody reads on behind them. */
function pipe(all: Uint8Array, piece: number, atEnd: "open" | "closed" = "open") {
  let at = 0;
  return {
    read(into: Uint8Array): Promise<number | null> {
      if (at === all.length) {
        return atEnd === "closed" ? Promise.resolve(null) : Promise.reject(new Error("nothing more comes"));
      }
      const part = all.subarray(at, at + Math.min(piece, into.length));
      into.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
  };
}

Deno.test("a message has its length in front, comes in any pieces, and what is behind it is not waited for", async () => {
  const given = Uint8Array.of(1, 2, 3, 4, 5);
  const whole = framed(given);
  assertEquals(whole.length, 9);
  assertEquals(new Uint32Array(whole.slice(0, 4).buffer)[0], 5);
  for (const piece of [1, 2, 3, 4, 9]) assertEquals(await readMessage(pipe(whole, piece)), given);
  assertEquals(await readMessage(pipe(framed(new Uint8Array()), 4)), new Uint8Array());
});

Deno.test("half a message, and a length that is none, are refused with a sentence", async () => {
  const whole = framed(Uint8Array.of(1, 2, 3));
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(), /ends after 0 of the four bytes/],
    [whole.subarray(0, 3), /ends after 3 of the four bytes/],
    [whole.subarray(0, 6), /ends after 2 of the 3 bytes/],
    [new TextEncoder().encode('{"container_id":1}'), /are no message/],
  ];
  for (const [given, words] of cases) {
    const error = await assertRejects(() => readMessage(pipe(given, 2, "closed")), MesoletError);
    assertMatch(error.message, words);
    assertEquals(error.exitCode, 65);
  }
});

Deno.test("a launch is read with what it has, and with the image that older commands name", () => {
  const launch = decodeLaunch(launchMessage({
    id: "c-1",
    directory: "/sandbox",
    user: "www",
    task: {
      resources: { cpus: 0.25, mem: 64.5, ports: [31000, 31003] },
      executor: { command: { value: "./run", olderImage: "docker:///image", olderOptions: ["-v /a:/b"] } },
    },
  }));
  assertEquals(launch.containerId, "c-1");
  assertEquals([launch.directory, launch.user, launch.checkpoint], ["/sandbox", "www", true]);
  assertEquals([launch.agentId, launch.agentPid], ["agent-1", "slave(1)@127.0.0.1:5051"]);
  assertEquals(launch.task?.executor?.command?.value, "./run");
  assertEquals(launch.task?.resources?.[2]?.ranges?.range, [{ begin: 31000, end: 31003 }]);
  assertEquals(launch.executor, undefined);
  assertEquals(launch.olderImage, { image: "docker:///image", options: ["-v /a:/b"] });
});

Deno.test("a launch that lacks what it needs, or is none, is refused", () => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(), /container_id/],
    [message(bytes(1, new Uint8Array())), /container_id on standard input .*value is missing/],
    [message(bytes(1, text(1, ""))), /container_id .*empty/],
    [message(bytes(1, text(1, "c")), bytes(2, text(1, "name"))), /task_info .*task_id is missing/],
    [Uint8Array.of(0x0a, 0xff), /Launch/],
  ];
  for (const [given, words] of cases) assertMatch(assertThrows(() => decodeLaunch(given)).message, words);
});

Deno.test("updates, and the messages that name a container alone, are read", () => {
  const update = decodeUpdate(updateMessage("c-2", { cpus: 1.5, mem: 128 }));
  assertEquals(update.containerId, "c-2");
  assertEquals(limitsOf(update.resources), { nanoCpus: 1_500_000_000, memoryBytes: 128 * 2 ** 20 });
  assertEquals(decodeChosen(chosenMessage("c-3")), "c-3");
});

Deno.test("cpus keep their fractions, resources of one name are added, and engines get no less than they take", () => {
  const scalar = (name: string, value: number) => ({ name, type: "SCALAR", scalar: { value } }) as const;
  assertEquals(limitsOf([]), {});
  assertEquals(limitsOf([scalar("cpus", 0.1), scalar("cpus", 0.25), scalar("disk", 9)]), {
    nanoCpus: 350_000_000,
  });
  assertEquals(limitsOf([scalar("cpus", 0.001), scalar("mem", 1)]), {
    nanoCpus: 10_000_000,
    memoryBytes: 6 * 2 ** 20,
  });
});

Deno.test("answers are what agents of all versions read", () => {
  const containers = new ReadMessage(encodeContainers(["a", "b"]));
  assertEquals(containers.messages(1).map((id) => id.text(1)), ["a", "b"]);
  assertEquals(encodeContainers([]).length, 0);
  const statistics = new ReadMessage(
    encodeStatistics({ timestamp: 1.5, cpus_limit: 0.25, mem_limit_bytes: 2 ** 40, mem_rss_bytes: 0 }),
  );
  assertEquals(statistics.fields, [1, 4, 5, 6]);
  assertEquals([statistics.number(1), statistics.number(4), statistics.number(6)], [1.5, 0.25, 2 ** 40]);
});

Deno.test("how a container ended: limits alone are killed, and the status is that of waitpid", () => {
  const told = (end: Parameters<typeof terminationOf>[0]) => {
    const { message, killed, status } = terminationOf(end);
    return [killed, status, message];
  };
  const end = { outOfMemory: false, gone: false };
  assertEquals(told({ ...end, exitCode: 0 }), [false, 0, "The container ended with exit code 0"]);
  assertEquals(told({ ...end, exitCode: 3 }), [false, 768, "The container ended with exit code 3"]);
  assertEquals(told({ ...end, exitCode: 143 }), [
    false,
    15,
    "The container was ended by SIGTERM (exit code 143)",
  ]);
  assertEquals(told({ ...end, exitCode: 137, gone: true }), [
    false,
    9,
    "The container was ended by SIGKILL (exit code 137), and was destroyed",
  ]);
  assertEquals(told({ ...end, gone: true }), [false, undefined, "The container was destroyed"]);
  assertEquals(told({ ...end, exitCode: 255, error: "no such file" }), [
    false,
    65280,
    "The container ended with exit code 255: no such file",
  ]);
  // Something in it was killed, and it has done its work all the same.
  assertEquals(told({ ...end, exitCode: 0, outOfMemory: true })[0], false);
  const limited = terminationOf({ ...end, exitCode: 137, outOfMemory: true, memoryLimit: 64 * 2 ** 20 });
  assertEquals(limited.message, "The container was out of memory: it may use 64 MiB");
  const read = new ReadMessage(encodeTermination(limited));
  assertEquals([1, 3, 4, 5].map((field) => read.number(field)), [1, 9, 3, 8]);
  // Agents before 0.26 refuse a Termination without them.
  const plain = new ReadMessage(encodeTermination(terminationOf({ ...end, exitCode: 0 })));
  assertEquals(plain.fields, [1, 2, 3]);
});
