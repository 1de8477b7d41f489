import { waitUntil } from "../support/wait.ts";

const root = new URL("../../", import.meta.url).pathname;

/** A call of the program as a user makes it: a process of its own. */
export interface ProgramCall {
  /** For DOCKER_HOST; absent: none is set. */
  readonly host?: string;
  readonly directory?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** The words that start the program; absent: from source. Of the host's environment it gets `PATH` alone then. */
  readonly program?: readonly string[];
}

/** What a call printed, and how it ended. */
export interface ProgramResult {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A call that goes on. */
export interface RunningProgram extends AsyncDisposable {
  /** What was printed so far. */
  readonly out: string;
  readonly error: string;
  /** Of its process. */
  readonly id: number;
  signal(name: Deno.Signal): void;
  /** Waits until a text was printed, on either stream. */
  seen(text: string): Promise<void>;
  ended(): Promise<ProgramResult>;
}

/** The words that start the program, arguments come behind them. */
export const programWords: readonly string[] = [
  Deno.execPath(),
  "run",
  "--quiet",
  "--allow-all",
  // Deno would set node_modules up anew, while other processes of the tests read it.
  "--node-modules-dir=manual",
  "--config",
  `${root}deno.json`,
  `${root}src/main.ts`,
];

function command(args: readonly string[], call: ProgramCall): Deno.Command {
  const { PATH = "", HOME = "/", DENO_DIR } = Deno.env.toObject();
  const [program = "", ...words] = call.program ?? programWords;
  const ofSource = { HOME, DENO_NO_UPDATE_CHECK: "1", ...(DENO_DIR === undefined ? {} : { DENO_DIR }) };
  return new Deno.Command(program, {
    args: [...words, ...args],
    clearEnv: true,
    env: {
      PATH,
      ...(call.program === undefined ? ofSource : {}),
      ...(call.host === undefined ? {} : { DOCKER_HOST: call.host }),
      ...call.variables,
    },
    ...(call.directory === undefined ? {} : { cwd: call.directory }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the program to its end. */
export async function runProgram(args: readonly string[], call: ProgramCall = {}): Promise<ProgramResult> {
  await using program = startProgram(args, call);
  return await program.ended();
}

/** Starts the program; it is killed when it is disposed of and still runs. */
export function startProgram(args: readonly string[], call: ProgramCall = {}): RunningProgram {
  const child = command(args, call).spawn();
  const streams = { out: "", error: "" };
  const collect = async (name: "out" | "error", stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) streams[name] += text;
  };
  const feed = async () => {
    const writer = child.stdin.getWriter();
    // A program that does not read its input ends before it is written: that is no failure of the test.
    await writer.write(new TextEncoder().encode(call.input ?? "")).catch(() => {});
    await writer.close().catch(() => {});
  };
  let isOver = false;
  const all = Promise.all([
    child.status.then((status) => {
      isOver = true;
      return status;
    }),
    collect("out", child.stdout),
    collect("error", child.stderr),
    feed(),
  ]);
  return {
    get out() {
      return streams.out;
    },
    get error() {
      return streams.error;
    },
    id: child.pid,
    signal: (name) => child.kill(name),
    async seen(text) {
      await waitUntil(
        `"${text}" is printed; so far: ${streams.out}${streams.error}`,
        () => streams.out.includes(text) || streams.error.includes(text) || isOver,
      );
      if (!streams.out.includes(text) && !streams.error.includes(text)) {
        throw new Error(`the program ended without printing "${text}":\n${streams.out}${streams.error}`);
      }
    },
    async ended() {
      const [{ code }] = await all;
      return { code, out: streams.out, error: streams.error };
    },
    async [Symbol.asyncDispose]() {
      if (!isOver) child.kill("SIGKILL");
      await all;
    },
  };
}

/** A directory with files for one test; it is removed at its end. */
export async function projectDirectory(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${path}/${name}`, text);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
