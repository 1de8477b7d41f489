import { fileDigest, fileError, onThisMachine, type Root } from "./host_paths.ts";
import { parseReceipt } from "./receipt.ts";
import type { ServiceControl } from "./service_control.ts";
import {
  type Found,
  type HostState,
  pathsOf,
  type Receipt,
  receiptPath,
  type Wanted,
} from "./setup_model.ts";

/**
 * What setup has made here; undefined when it was never here.
 *
 * @throws {MesoletError} 78 when the record is damaged, 77 or 73 when it cannot be read
 */
export async function readReceipt(root: Root): Promise<Receipt | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(onThisMachine(root, receiptPath));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw fileError(`read ${receiptPath}`, error);
  }
  return parseReceipt(text);
}

/**
 * Reads what is at all paths that a plan may depend on, and touches nothing.
 *
 * @throws {MesoletError} 77 or 73 when something cannot be read
 */
export async function observeHost(
  root: Root,
  wanted: Wanted,
  receipt: Receipt | undefined,
  service: ServiceControl,
): Promise<HostState> {
  const found = new Map<string, Found>();
  for (const path of pathsOf(wanted, receipt)) {
    try {
      found.set(path, await lookAt(onThisMachine(root, path)));
    } catch (error) {
      throw fileError(`look at ${path}`, error);
    }
  }
  return { found, receipt, service: await service.state() };
}

async function lookAt(path: string): Promise<Found> {
  let information: Deno.FileInfo;
  try {
    information = await Deno.lstat(path);
    // A link to a directory is as good as one: /bin, /lib.
    if (information.isSymlink && (await Deno.stat(path)).isDirectory) information = await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: await isLink(path) ? "other" : "missing" };
    if (error instanceof Deno.errors.NotADirectory) return { kind: "missing" };
    throw error;
  }
  if (information.isFile) {
    return { kind: "file", digest: await fileDigest(path), mode: (information.mode ?? 0) & 0o7777 };
  }
  if (!information.isDirectory) return { kind: "other" };
  const names: string[] = [];
  for await (const { name } of Deno.readDir(path)) names.push(name);
  return { kind: "directory", names: names.sort() };
}

/** Whether it is a link, to nowhere. */
async function isLink(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isSymlink;
  } catch {
    return false;
  }
}
