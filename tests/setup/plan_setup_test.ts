import { planSetup, planUninstall, type SetupWish } from "../../src/setup/plan_setup.ts";
import { serviceName, type SetupPlan, unitPath } from "../../src/setup/setup_model.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { HostInMemory, printed, wantedOf } from "./setup_state.ts";

const program = "/usr/local/bin/mesolet";

function wish(version: string, changes: Partial<SetupWish> & { readonly unit?: string } = {}): SetupWish {
  const { unit = "unit", ...rest } = changes;
  const places = { prefix: rest.prefix ?? "/usr/local", specs: rest.specs ?? "/etc/mesolet/pods" };
  return { wanted: wantedOf(version, { ...places, unit }), ...places, enable: false, force: false, ...rest };
}

/** Plans, does it, and shows what was done. */
function setUp(host: HostInMemory, one: SetupWish): string[] {
  const plan = planSetup(one, host.state);
  host.apply(plan.steps);
  return printed(plan);
}

function uninstall(host: HostInMemory, changes: { force?: boolean; removePods?: boolean } = {}): string[] {
  const plan = planUninstall({ force: false, removePods: false, ...changes }, host.state);
  host.apply(plan.steps);
  return printed(plan);
}

const notStarted =
  `note: the operator is not started: systemctl enable --now ${serviceName}, or setup --enable`;

Deno.test("a fresh host gets directories, program and unit, recorded before and after", () => {
  const host = new HostInMemory();
  assertEquals(setUp(host, wish("one")), [
    "make directory /var/lib/mesolet (755): it is missing",
    "write /var/lib/mesolet/setup.json: what is about to be made",
    "make directory /etc/mesolet (755): it is missing",
    "make directory /etc/mesolet/pods (750): it is missing",
    "write /usr/local/bin/mesolet (755): it is missing",
    "write /etc/systemd/system/mesolet-operator.service (644): it is missing",
    "systemctl daemon-reload: a unit has changed",
    "write /var/lib/mesolet/setup.json: what was made",
    notStarted,
  ]);
  assertEquals(setUp(host, wish("one")), [notStarted]);
});

Deno.test("--enable enables and starts, once", () => {
  const host = new HostInMemory();
  assertEquals(setUp(host, wish("one", { enable: true })).slice(-3), [
    "systemctl daemon-reload: a unit has changed",
    "systemctl enable --now mesolet-operator: --enable",
    "write /var/lib/mesolet/setup.json: what was made",
  ]);
  assertEquals(host.service, { manager: "running", enabled: true, active: true });
  assertEquals(setUp(host, wish("one", { enable: true })), []);
  assertEquals(setUp(host, wish("one")), []);
});

Deno.test("--enable of what is in place already does just that", () => {
  const host = new HostInMemory();
  setUp(host, wish("one"));
  assertEquals(setUp(host, wish("one", { enable: true })), [
    "write /var/lib/mesolet/setup.json: what is about to be made",
    "systemctl enable --now mesolet-operator: --enable",
    "write /var/lib/mesolet/setup.json: what was made",
  ]);
});

Deno.test("an upgrade replaces the program and restarts the service that runs, and no other", () => {
  const host = new HostInMemory();
  setUp(host, wish("one", { enable: true }));
  assertEquals(setUp(host, wish("two")), [
    "write /var/lib/mesolet/setup.json: what is about to be made",
    "write /usr/local/bin/mesolet (755): it is another version's",
    "systemctl restart mesolet-operator: the program is a new one; pods run on",
    "write /var/lib/mesolet/setup.json: what was made",
  ]);
  const stopped = new HostInMemory();
  setUp(stopped, wish("one"));
  stopped.told.length = 0;
  setUp(stopped, wish("two"));
  assertEquals(stopped.told, []);
});

Deno.test("a new unit is told to systemd, and its service restarted", () => {
  const host = new HostInMemory();
  setUp(host, wish("one", { enable: true }));
  assertEquals(setUp(host, wish("one", { unit: "new" })).slice(1, -1), [
    "write /etc/systemd/system/mesolet-operator.service (644): it is another version's",
    "systemctl daemon-reload: a unit has changed",
    "systemctl restart mesolet-operator: its unit has changed; pods run on",
  ]);
});

Deno.test("a setup that was broken off anywhere is brought to its end, and a service that runs is restarted", () => {
  const plans: readonly [string, (host: HostInMemory) => void, SetupWish][] = [
    ["fresh", () => {}, wish("one", { enable: true })],
    ["upgrade", (host) => setUp(host, wish("one", { enable: true })), wish("two", { unit: "new" })],
    [
      "another place",
      (host) => setUp(host, wish("one", { enable: true })),
      wish("two", { prefix: "/opt/m", specs: "/srv/pods", enable: true }),
    ],
  ];
  for (const [name, before, one] of plans) {
    const made = new HostInMemory();
    before(made);
    const { steps } = planSetup(one, made.state);
    made.apply(steps);
    for (let count = 0; count <= steps.length; count++) {
      const host = new HostInMemory();
      before(host);
      host.apply(steps.slice(0, count));
      const wasReplaced = host.files.get(program)?.text === "two";
      host.told.length = 0;
      setUp(host, one);
      assertEquals(host.paths, made.paths, `${name}, ${count}`);
      assertEquals(host.files, made.files, `${name}, ${count}`);
      assertEquals(host.receipt, made.receipt, `${name}, ${count}`);
      assertEquals(host.service, made.service, `${name}, ${count}`);
      if (name === "upgrade" && wasReplaced && count < steps.length) {
        assert(host.told.includes(`restart ${serviceName}`), `${name}, ${count}`);
      }
      assertEquals(planSetup(one, host.state).steps, [], `${name}, ${count}`);
      uninstall(host);
      assertEquals(host.paths, new HostInMemory().paths, `${name}, ${count}`);
    }
  }
});

Deno.test("an uninstall that was broken off anywhere is brought to its end", () => {
  const host = () => {
    const one = new HostInMemory();
    setUp(one, wish("one", { enable: true }));
    return one;
  };
  const { steps } = planUninstall({ force: false, removePods: false }, host().state);
  for (let count = 0; count <= steps.length; count++) {
    const broken = host();
    broken.apply(steps.slice(0, count));
    uninstall(broken);
    const left = new HostInMemory().paths;
    // Between the record and its directory nothing is known any more.
    assertEquals(broken.paths.filter((path) => path !== "/var/lib/mesolet"), left, `${count}`);
    assertEquals(broken.service.active, false);
  }
});

Deno.test("a program of somebody else is not replaced, unless that is asked for", () => {
  const host = new HostInMemory();
  host.file(program, "by hand", 0o755);
  assertEquals(planSetup(wish("one"), host.state).conflicts, [
    `${program} was not put there by setup; --force replaces it`,
  ]);
  assertEquals(
    setUp(host, wish("one", { force: true }))[4],
    `write ${program} (755): --force: what is there is not of setup`,
  );
  host.file(program, "by hand again", 0o755);
  assertEquals(planSetup(wish("two"), host.state).conflicts, [
    `${program} was changed since setup put it there; --force replaces it`,
  ]);
});

Deno.test("the same program, put there by hand, is as good, and stays at the end", () => {
  const host = new HostInMemory();
  host.file(program, "one", 0o755);
  const [note] = planSetup(wish("one"), host.state).notes;
  assertEquals(note, `${program} was there before and is as it should be; --uninstall leaves it`);
  setUp(host, wish("one"));
  uninstall(host);
  assertEquals(host.files.get(program)?.text, "one");
});

Deno.test("a program that has lost its mode is written anew", () => {
  const host = new HostInMemory();
  setUp(host, wish("one"));
  host.file(program, "one", 0o644);
  assertEquals(setUp(host, wish("one"))[1], `write ${program} (755): its mode is 644`);
});

Deno.test("a unit that was changed by hand stays, through upgrades and to the end", () => {
  const host = new HostInMemory();
  setUp(host, wish("one", { enable: true }));
  host.file(unitPath, "changed");
  const changed = `${unitPath} was changed since setup put it there and stays as it is; --force replaces it`;
  assertEquals(planSetup(wish("two", { unit: "new" }), host.state).notes, [changed]);
  setUp(host, wish("two", { unit: "new" }));
  assertEquals([host.files.get(program)?.text, host.files.get(unitPath)?.text], ["two", "changed"]);
  assertEquals(planSetup(wish("two", { unit: "new" }), host.state), {
    steps: [],
    notes: [changed],
    conflicts: [],
  });
  const lines = uninstall(host);
  assertEquals(lines.at(-1), `note: ${unitPath} was changed since setup put it there and stays`);
  assertEquals(host.files.get(unitPath)?.text, "changed");
  assertEquals(host.service, { manager: "running", enabled: false, active: false });
});

Deno.test("what is in the way is told, and nothing is done", () => {
  const cases: readonly [(host: HostInMemory) => void, string][] = [
    [(host) => host.directory(program), `${program} is a directory`],
    [(host) => host.file("/etc/mesolet", "a file"), "/etc/mesolet is no directory"],
  ];
  for (const [put, conflict] of cases) {
    const host = new HostInMemory();
    put(host);
    assertEquals(planSetup(wish("one"), host.state).conflicts[0], conflict);
  }
  const none = new HostInMemory();
  none.service = { manager: "none", enabled: false, active: false };
  assertEquals(planSetup(wish("one", { unit: "", enable: true }), none.state).conflicts, [
    "there is no systemd here: leave --enable out",
  ]);
});

Deno.test("without systemd the program and the directory are put there all the same", () => {
  const host = new HostInMemory();
  host.service = { manager: "none", enabled: false, active: false };
  const lines = setUp(host, wish("one", { unit: "" }));
  assertEquals(
    lines.at(-1),
    `note: there is no systemd here, so no unit is installed: have "${program} operator /etc/mesolet/pods" started with the host`,
  );
  assertEquals(host.told, []);
  assertEquals(planSetup(wish("one", { unit: "" }), host.state).steps, []);
});

Deno.test("the files of another root are enabled and not started", () => {
  const host = new HostInMemory([]);
  host.service = { manager: "offline", enabled: false, active: false };
  setUp(host, wish("one", { enable: true }));
  assertEquals(host.told, [`enable ${serviceName}`]);
  uninstall(host);
  assertEquals(host.told.slice(1), [`disable ${serviceName}`]);
  assertEquals(host.paths, []);
});

Deno.test("another place: what was made in the old one goes, but for what others put there", () => {
  const host = new HostInMemory();
  setUp(host, wish("one"));
  host.file("/etc/mesolet/pods/web.yaml", "services: {}");
  const moved = wish("one", { prefix: "/opt/mesolet", specs: "/srv/pods" });
  const lines = setUp(host, moved);
  assert(lines.includes(`remove ${program}: it is not wanted any more`), lines.join("\n"));
  assert(lines.includes("note: /etc/mesolet/pods stays: there is web.yaml in it"), lines.join("\n"));
  assertEquals(planSetup(moved, host.state).steps, []);
});

Deno.test("--uninstall removes what setup made; specs, and what others put there, stay", () => {
  const host = new HostInMemory();
  setUp(host, wish("one", { enable: true }));
  host.file("/etc/mesolet/pods/web.yaml", "services: {}");
  host.told.length = 0;
  assertEquals(uninstall(host), [
    "systemctl disable --now mesolet-operator: the program goes; pods run on without it",
    "remove /etc/systemd/system/mesolet-operator.service: --uninstall",
    "remove /usr/local/bin/mesolet: --uninstall",
    "systemctl daemon-reload: a unit has changed",
    "remove /var/lib/mesolet/setup.json: --uninstall",
    "remove directory /var/lib/mesolet: nothing is left in it",
    "note: /etc/mesolet/pods stays: there is web.yaml in it",
    "note: /etc/mesolet stays: there is pods in it",
  ]);
  assertEquals(uninstall(host), ["note: nothing here was made by setup"]);
});

Deno.test("--uninstall --stop-pods removes pods when nobody would start them again", () => {
  const host = new HostInMemory();
  setUp(host, wish("one", { enable: true }));
  host.told.length = 0;
  uninstall(host, { removePods: true });
  assertEquals(host.told, [
    `disable --now ${serviceName}`,
    "remove pods of /etc/mesolet/pods",
    "daemon-reload",
  ]);
});

Deno.test("a plan touches nothing while there is a conflict, and each step has a cause", () => {
  const host = new HostInMemory();
  const plans: SetupPlan[] = [planSetup(wish("one", { enable: true }), host.state)];
  setUp(host, wish("one", { enable: true }));
  plans.push(
    planSetup(wish("two"), host.state),
    planUninstall({ force: false, removePods: true }, host.state),
  );
  for (const { steps } of plans) for (const step of steps) assert(step.cause !== "", step.kind);
});
