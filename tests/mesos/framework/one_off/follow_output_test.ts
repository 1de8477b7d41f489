import type { Sandbox, SandboxFile } from "../../../../src/mesos/agent_files/sandbox.ts";
import { followOutput } from "../../../../src/mesos/framework/one_off/follow_output.ts";
import { ExitCode, MesoletError } from "../../../../src/pod/errors.ts";
import { assertEquals } from "../../../support/assert.ts";
import { SteppedClock } from "../../../support/stepped_clock.ts";

const page = 64 * 1024;

/** A sandbox in memory. */
class Files implements Sandbox {
  readonly #files = new Map<string, Uint8Array>();
  /** Nothing is there at all. */
  isMissing = false;
  /** The agent does not answer. */
  isAway = false;

  write(name: string, text: string): void {
    const before = this.#files.get(name) ?? new Uint8Array();
    this.#files.set(name, new Uint8Array([...before, ...new TextEncoder().encode(text)]));
  }

  rotate(name: string): void {
    this.#files.set(`${name}.1`, this.#files.get(name) ?? new Uint8Array());
    this.#files.delete(name);
  }

  list(path: string): Promise<readonly SandboxFile[] | undefined> {
    if (this.isAway) return Promise.reject(new MesoletError("nobody answers", ExitCode.unavailable));
    if (this.isMissing || (path === "logs" && this.#files.size === 0)) return Promise.resolve(undefined);
    const files = [...this.#files].map(([name, { length: size }]) => ({ name, size, modified: size }));
    return Promise.resolve(path === "logs" ? files : []);
  }

  read(path: string, offset: number, length: number) {
    const whole = this.#files.get(path.replace(/^logs\//, ""));
    if (whole === undefined) return Promise.resolve(undefined);
    const data = whole.slice(offset, offset + Math.min(length, page));
    return Promise.resolve({ size: whole.length, data });
  }

  directory(): Promise<string | undefined> {
    return Promise.resolve("/sandbox");
  }
}

function follow(files: Files) {
  const clock = new SteppedClock();
  const [over, stop] = [new AbortController(), new AbortController()];
  const texts = new Map<string, string>();
  const troubles: string[] = [];
  let opened = 0;
  const done = followOutput({
    clock,
    open: () => {
      opened++;
      return Promise.resolve(files);
    },
    onPiece: ({ container, stream, bytes }) => {
      const key = `${container} ${stream}`;
      texts.set(key, (texts.get(key) ?? "") + new TextDecoder().decode(bytes));
      return Promise.resolve();
    },
    onTrouble: (reason) => void troubles.push(reason),
    over: over.signal,
  }, stop.signal);
  return { clock, over, stop, texts, troubles, done, opened: () => opened };
}

Deno.test("output: followed as it grows, over files that are moved aside, to its last byte", async () => {
  const files = new Files();
  const { clock, over, texts, troubles, done } = follow(files);
  await clock.advance(1_000);
  files.write("app-1.stdout", "one\n");
  files.write("app-1.stderr", "error\n");
  files.write(".app-1.position", "{}");
  await clock.advance(1_000);
  assertEquals(texts, new Map([["app-1 stderr", "error\n"], ["app-1 stdout", "one\n"]]));
  files.write("app-1.stdout", "two\n");
  files.rotate("app-1.stdout");
  files.write("app-1.stdout", "three\n");
  await clock.advance(1_000);
  const long = "x".repeat(3 * page);
  files.write("app-1.stdout", long);
  over.abort();
  await clock.advance(5_000);
  await done;
  assertEquals(texts.get("app-1 stdout"), `one\ntwo\nthree\n${long}`);
  assertEquals(troubles, []);
});

Deno.test("output: a sandbox that is not there yet is looked for anew", async () => {
  const files = new Files();
  files.isMissing = true;
  const { clock, over, texts, troubles, done, opened } = follow(files);
  await clock.advance(3_000);
  assertEquals(opened() > 1, true);
  files.isMissing = false;
  files.write("app-1.stdout", "late\n");
  await clock.advance(1_000);
  over.abort();
  await clock.advance(5_000);
  await done;
  assertEquals([texts.get("app-1 stdout"), troubles], ["late\n", []]);
});

Deno.test("output: one that is gone is told, and nobody waits for it", async () => {
  const files = new Files();
  files.isMissing = true;
  const { clock, over, troubles, done } = follow(files);
  over.abort();
  await clock.advance(5_000);
  await done;
  assertEquals(troubles, ["its sandbox is not on the agent (any more)"]);
});

Deno.test("output: an agent that does not answer is told once, and the last words are given up in the end", async () => {
  const files = new Files();
  files.write("app-1.stdout", "said\n");
  const { clock, over, texts, troubles, done } = follow(files);
  await clock.advance(500);
  files.isAway = true;
  await clock.advance(5_000);
  over.abort();
  await clock.advance(30_000);
  await done;
  assertEquals([texts.get("app-1 stdout"), troubles], ["said\n", ["nobody answers"]]);
});
