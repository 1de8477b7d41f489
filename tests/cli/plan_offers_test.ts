import { ExitCode } from "../../src/pod/errors.ts";
import { assertEquals, assertStringIncludes } from "../support/assert.ts";
import { runInMemory } from "./command_line.ts";

const spec = `
name: web
services:
  web:
    image: web:1
    ports: ["80", "8443:443"]
    deploy: { resources: { limits: { cpus: "1", memory: 256M } } }
x-pod:
  replicas: 3
  placement: { unique: [hostname], require: { rack: { not: r9 } } }
`;

const offer = (agent: string, cpus: number, more: Record<string, unknown> = {}) => ({
  agent_id: { value: agent },
  hostname: `${agent}.example`,
  allocation_info: { role: "web" },
  resources: [
    { name: "cpus", type: "SCALAR", scalar: { value: cpus } },
    {
      name: "mem",
      type: "SCALAR",
      scalar: { value: 1024 },
      reservations: [{ type: "DYNAMIC", role: "web" }],
    },
    {
      name: "ports",
      type: "RANGES",
      ranges: { range: [{ begin: 8443, end: 8443 }, { begin: 31000, end: 31009 }] },
    },
  ],
  ...more,
});

/** What the test reads of an instance in JSON. */
interface Placed {
  readonly slot: number;
  readonly agent: { readonly id: string };
  readonly role: string;
  readonly ports: readonly { readonly port: number }[];
}

async function plan(offers: unknown, ...words: string[]) {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/compose.yaml`, spec);
    await Deno.writeTextFile(
      `${directory}/offers.json`,
      typeof offers === "string" ? offers : JSON.stringify(offers),
    );
    return await runInMemory(
      ["--project-directory", directory, "plan", "--offers", `${directory}/offers.json`, ...words],
      { workingDirectory: directory },
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("plan --offers: each instance has its place, its resources and its ports, or what agents lack", async () => {
  const { out, code, error } = await plan([offer("a", 4), offer("b", 2), offer("c", 0.5)]);
  assertEquals(error, "");
  assertEquals(code, ExitCode.failed);
  assertEquals(out.split("\n"), [
    "web: 3 instances, each needs 1.1 cpus, 384 MiB memory, 2 ports, its executor included",
    "  instance 0 → a.example, agent a",
    "    cpus 1.1, mem 384 MiB reserved for web, ports 8443 31000, offered to the role web",
    "    port 31000 → web:80/tcp (web-80)",
    "    port 8443 → web:443/tcp (web-443)",
    "  instance 1 → b.example, agent b",
    "    cpus 1.1, mem 384 MiB reserved for web, ports 8443 31000, offered to the role web",
    "    port 31000 → web:80/tcp (web-80)",
    "    port 8443 → web:443/tcp (web-443)",
    "  instance 2: no place",
    "    Of 3 agents that offered something, none will do.",
    "      2 agents: one instance for each hostname: there is one already",
    "      2 agents: port 8443 is not offered",
    "      2 agents: cpus: 1.1 needed, 0.9 offered at most",
    "    The nearest:",
    "      c.example: cpus: 1.1 needed, 0.5 offered",
    "      a.example: one instance for each hostname: there is one at a.example already; port 8443 is not offered",
    "      b.example: one instance for each hostname: there is one at b.example already; cpus: 1.1 needed, 0.9 offered; port 8443 is not offered",
    "",
  ]);
});

Deno.test("plan --offers: JSON has the same, and the exit code says that all have a place", async () => {
  const { out, code } = await plan(
    { type: "OFFERS", offers: { offers: ["a", "b", "c"].map((agent) => offer(agent, 2)) } },
    "--format",
    "json",
  );
  assertEquals(code, ExitCode.ok);
  const { pod, needs, instances } = JSON.parse(out);
  assertEquals([pod, needs], ["web", {
    cpus: 1.1,
    memory: 384,
    disk: 0,
    gpus: 0,
    ports: [{}, { fixed: 8443 }],
  }]);
  assertEquals(
    instances.map((
      { slot, agent, role, ports }: Placed,
    ) => [slot, agent.id, role, ports[0]?.port]),
    [[0, "a", "web", 31000], [1, "b", "web", 31000], [2, "c", "web", 31000]],
  );
});

Deno.test("plan --offers: what makes no sense is refused by its name", async () => {
  const bad = await plan([offer("a", 4), { ...offer("b", 4), hostname: 7 }]);
  assertEquals(bad.code, ExitCode.data);
  assertStringIncludes(bad.error, "offers.json: [1].hostname is not a string");
  const role = await plan([offer("a", 4)], "--role", "other");
  assertEquals(role.code, ExitCode.failed);
  assertStringIncludes(role.out, "offered to the role web, the pod is for other");
  const words = await plan([offer("a", 4)], "down");
  assertEquals(words.code, ExitCode.usage);
  const missing = await runInMemory(["plan", "--offers", "/does/not/exist.json"]);
  assertEquals(missing.code, ExitCode.noInput);
  assertStringIncludes(missing.error, "--offers /does/not/exist.json");
  const alone = await runInMemory(["plan", "--role", "web"]);
  assertEquals(alone.code, ExitCode.usage);
});
