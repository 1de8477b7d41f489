/** One line of a recording: something that went over a connection, or a remark. */
export interface RecordedLine {
  readonly at_ms: number;
  readonly dir: string;
  readonly conn?: number;
  readonly kind: "request" | "response-head" | "chunk" | "eof" | "reset" | "connect-error" | "note";
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly body_base64?: string;
  readonly how?: string;
  readonly note?: string;
  /** Sizes of the HTTP chunks of a request. */
  readonly http_chunks?: readonly number[];
}

/** What a real agent and an executor said to each other, in one encoding. */
export interface Recording {
  readonly scenario: string;
  readonly encoding: "application/json" | "application/x-protobuf";
  readonly lines: readonly RecordedLine[];
  /** Container ids by executor, where the recording says. */
  readonly containers: ReadonlyMap<string, string>;
}

/** Reads the recordings below a directory. @param prefix of the scenarios; without it, those of executors */
export async function readRecordings(directory: string, prefix = "exec-"): Promise<readonly Recording[]> {
  const recordings: Recording[] = [];
  const scenarios = [];
  for await (const entry of Deno.readDir(directory)) {
    if (entry.name.startsWith(prefix)) scenarios.push(entry.name);
  }
  for (const scenario of scenarios.sort()) {
    for (const encoding of ["application/json", "application/x-protobuf"] as const) {
      const file = encoding === "application/json" ? "exchange.jsonl" : "exchange.protobuf.jsonl";
      const text = await readIfThere(`${directory}/${scenario}/${file}`);
      if (text === undefined) continue;
      const lines: RecordedLine[] = text.split("\n").filter((line) => line !== "").map((line) =>
        JSON.parse(line)
      );
      const containers = await containersOf(`${directory}/${scenario}/env.json`, encoding);
      recordings.push({ scenario, encoding, lines, containers });
    }
  }
  return recordings;
}

/** The environment in which a recorded executor was started. */
export interface RecordedProcess {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The processes of a scenario, by encoding and executor. */
export async function recordedProcesses(
  path: string,
): Promise<Readonly<Record<string, Readonly<Record<string, RecordedProcess>>>>> {
  const text = await readIfThere(path);
  return text === undefined ? {} : JSON.parse(text);
}

async function containersOf(path: string, encoding: string): Promise<ReadonlyMap<string, string>> {
  const processes = (await recordedProcesses(path))[encoding] ?? {};
  return new Map(Object.entries(processes).map(([id, process]) => [id, process.cwd.split("/").at(-1) ?? ""]));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
