import { FakeBoard, newYear, podEntry, specProblem } from "./fake_board.ts";

/** Texts that would do harm where they are taken for markup. */
export const hostileText =
  `<img src=x onerror="document.title='pwned'"><script>document.title='pwned'</script>`;

/** Of containers whose spec has no health check. */
const withoutCheck = { essential: false };

/** A board as it may look: pods that are well and pods that are not, errors in specs, events. */
export function busyBoard(): FakeBoard {
  const board = new FakeBoard();
  const since = Date.now();
  const port = (published: number, target: number) => ({
    target,
    protocol: "tcp",
    hostAddress: "0.0.0.0",
    published,
  });
  const shopProblem = specProblem("/etc/mesolet/pods/shop/compose.yaml", { pod: "shop" });
  board.entries = [
    podEntry("billing", {
      entry: { since: since - 90 * 60_000 },
      containers: [{ name: "billing", ports: [port(9_001, 8_080)] }],
    }),
    podEntry("cache", {
      entry: { since: since - 3 * 86_400_000 },
      containers: [{ ...withoutCheck, name: "redis", ports: [] }],
    }),
    podEntry("importer", {
      entry: { since: since - 12_000 },
      status: {
        phase: "failed",
        reason: "the container load exited with 3 and is not started again (restart: no)",
        reasonCode: "container-exited",
        exitCode: 3,
      },
      containers: [{ ...withoutCheck, name: "load", state: "exited", exitCode: 3, ports: [] }],
    }),
    podEntry("reports", {
      entry: { since: since - 4_000 },
      status: { phase: "pulling", reason: "pulls registry.example/reports:2026-01" },
      containers: [{ ...withoutCheck, name: "reports", state: "absent", ports: [] }],
    }),
    podEntry("shop", {
      entry: { since: since - 26 * 60_000, problem: shopProblem },
      containers: [
        { name: "web", image: "registry.example/shop/web:4.2.1", ports: [port(8_080, 80), port(8_443, 443)] },
        {
          name: "api",
          image:
            "registry.example/shop/api@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
          health: "unhealthy",
          restarts: 4,
          reason: "its health check failed 3 times: connection refused",
          ports: [],
        },
        { ...withoutCheck, name: "migrate", state: "exited", exitCode: 0, ports: [] },
        { name: "worker", number: 2, health: "starting", restarts: 1, ports: [] },
      ],
    }),
  ];
  board.wrong = [
    shopProblem,
    specProblem("/etc/mesolet/pods/new.yaml", {
      keptVersion: false,
      problem: {
        severity: "error",
        message: "is no field of a service; did you mean environment?",
        path: "services.web.enviroment",
        position: { file: "/etc/mesolet/pods/new.yaml", line: 12, column: 5 },
      },
    }),
  ];
  board.happen("operator: 5 pods of /etc/mesolet/pods");
  board.happen("billing: running", "billing");
  board.happen("shop: container api replaced: image changed 4.2.0 → 4.2.1", "shop");
  board.happen(
    "shop: container api is unhealthy: its health check failed 3 times: connection refused",
    "shop",
  );
  board.happen("importer: container load exited with 3", "importer");
  board.happen("/etc/mesolet/pods/new.yaml:12:5: services.web.enviroment: is no field of a service");
  return board;
}

/** As many pods as one host may have. */
export function crowdedBoard(count: number): FakeBoard {
  const board = new FakeBoard();
  board.entries = Array.from(
    { length: count },
    (_, index) =>
      podEntry(`pod-${String(index).padStart(4, "0")}`, {
        entry: { since: newYear },
        containers: [{ restarts: index % 7 }, { name: "log", ports: [] }],
      }),
  );
  return board;
}

/** Names, reasons and events of somebody who means harm. */
export function hostileBoard(): FakeBoard {
  const board = new FakeBoard();
  const problem = specProblem(`/etc/pods/${hostileText}.yaml`, {
    pod: hostileText,
    problem: { severity: "error", message: hostileText, path: hostileText },
  });
  board.entries = [
    podEntry(hostileText, {
      entry: { problem },
      status: { phase: "failed", reason: hostileText, address: hostileText },
      containers: [{ name: hostileText, image: hostileText, reason: hostileText }],
    }),
  ];
  board.wrong = [problem];
  board.happen(hostileText, hostileText);
  return board;
}
