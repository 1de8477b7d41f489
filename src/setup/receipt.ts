import { ExitCode, MesoletError } from "../pod/errors.ts";
import { type Receipt, receiptPath } from "./setup_model.ts";

/** The receipt as the text of its file. */
export function printReceipt(receipt: Receipt): string {
  const files = Object.fromEntries(
    Object.entries(receipt.files).sort(([one], [other]) => one < other ? -1 : 1),
  );
  return `${JSON.stringify({ schema: 1, ...receipt, files }, null, 2)}\n`;
}

/**
 * Reads the text of a receipt.
 *
 * @throws {MesoletError} 78 when it is none: what was made is not guessed at
 */
export function parseReceipt(text: string): Receipt {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(error);
  }
  if (!isRecord(value) || value["schema"] !== 1) throw damaged();
  const { finished, prefix, specs, directories, files } = value;
  if (typeof finished !== "boolean" || !isPath(prefix) || !isPath(specs)) throw damaged();
  if (!Array.isArray(directories) || !directories.every(isPath) || !isRecord(files)) throw damaged();
  const digests: Record<string, readonly string[]> = {};
  for (const [path, known] of Object.entries(files)) {
    if (!isPath(path) || !Array.isArray(known) || !known.every(isDigest)) throw damaged();
    digests[path] = known;
  }
  return { finished, prefix, specs, directories, files: digests };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Absolute, and without a way up: these are paths that are removed. */
function isPath(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("/") && !value.split("/").includes("..");
}

function isDigest(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function damaged(cause?: unknown): MesoletError {
  return new MesoletError(
    `${receiptPath} is no record of what setup has made here: mend it, or delete it (setup then takes what is there ` +
      "for somebody else's)",
    ExitCode.configuration,
    { cause },
  );
}
