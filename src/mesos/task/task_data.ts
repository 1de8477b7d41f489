import { ExitCode, MesoletError } from "../../pod/errors.ts";
import type { TaskInfo } from "../wire/messages.ts";
import { type AuroraTask, auroraTaskOfBytes, auroraTaskOfObject, isThermosObject } from "./aurora_data.ts";
import { textsOfPayload } from "./payload.ts";
import { recogniseSpec } from "./spec_text.ts";

/** What `TaskInfo.data` is, so far as it matters. */
export interface TaskData {
  readonly length: number;
  /** What it may be as text; of a task of Aurora what the job has for its executor. */
  readonly texts: readonly string[];
  /** Where the texts are, for messages. */
  readonly name: string;
  readonly aurora?: AuroraTask;
  /** A job of Thermos. */
  readonly thermos?: Readonly<Record<string, unknown>>;
  /** It cannot be unpacked, which matters to whoever needs it. */
  readonly problem?: MesoletError;
}

/** Looks at the data of a task. */
export async function readTaskData({ data }: Pick<TaskInfo, "data">): Promise<TaskData> {
  const name = "TaskInfo.data";
  if (data === undefined || data.length === 0) return { length: 0, texts: [], name };
  const { length } = data;
  const ofBytes = auroraTaskOfBytes(data);
  if (ofBytes !== undefined) return ofAurora(ofBytes, length);
  let texts: readonly string[];
  try {
    texts = await unpacked(name, data);
  } catch (error) {
    if (!(error instanceof MesoletError)) throw error;
    return { length, texts: [], name, problem: error };
  }
  for (const text of texts) {
    const spec = recogniseSpec(text);
    const aurora = spec.kind === "object" ? auroraTaskOfObject(spec.value) : undefined;
    if (aurora !== undefined) return ofAurora(aurora, length);
  }
  return { length, texts, name };
}

function ofAurora(aurora: AuroraTask, length: number): TaskData {
  const text = aurora.executorData ?? "";
  const spec = recogniseSpec(text);
  return {
    length,
    texts: text.trim() === "" ? [] : [text],
    name: "TaskInfo.data (executorConfig.data)",
    aurora,
    ...(spec.kind === "object" && isThermosObject(spec.value) ? { thermos: spec.value } : {}),
  };
}

/**
 * The texts that bytes of a place may be.
 *
 * @throws {MesoletError} where they are too large or broken
 */
export async function unpacked(where: string, bytes: Uint8Array): Promise<string[]> {
  try {
    return await textsOfPayload(bytes);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MesoletError(`${where} ${cause.message}`, ExitCode.data, { cause });
  }
}
