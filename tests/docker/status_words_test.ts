import {
  parseHealth,
  parseState,
  parseStatusWords,
  type StatusWords,
} from "../../src/docker/status_words.ts";
import { assertEquals } from "../support/assert.ts";

const words: readonly [string, StatusWords][] = [
  ["Up 5 minutes", {}],
  ["Up Less than a second", {}],
  ["Up 5 minutes (healthy)", { health: "healthy" }],
  ["Up 2 weeks (unhealthy)", { health: "unhealthy" }],
  ["Up 1 second (health: starting)", { health: "starting" }],
  ["Up 4 hours (Paused)", {}],
  ["Exited (0) 2 hours ago", { exitCode: 0 }],
  ["Exited (137) Less than a second ago", { exitCode: 137 }],
  ["Exited (-1) 3 days ago", { exitCode: -1 }],
  ["Exited (255)", { exitCode: 255 }],
  ["Restarting (1) 4 seconds ago", {}],
  ["Created", {}],
  ["Removal In Progress", {}],
  ["Dead", {}],
  ["", {}],
];

Deno.test("health and exit code are read from the words of a list", () => {
  for (const [status, expected] of words) assertEquals(parseStatusWords(status), expected, status);
});

Deno.test("states of Docker and Podman become the states of mesolet", () => {
  const states = {
    created: "created",
    running: "running",
    paused: "paused",
    restarting: "restarting",
    removing: "removing",
    exited: "exited",
    dead: "dead",
    // Podman's own.
    configured: "created",
    initialized: "created",
    stopping: "running",
    stopped: "exited",
    Running: "running",
  } as const;
  for (const [word, expected] of Object.entries(states)) assertEquals(parseState(word), expected, word);
});

Deno.test("a health that is none is no health", () => {
  assertEquals(["healthy", "unhealthy", "starting", "none", ""].map(parseHealth), [
    "healthy",
    "unhealthy",
    "starting",
    undefined,
    undefined,
  ]);
});
