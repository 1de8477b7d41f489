import { candidateRanges, type Network, overlap, parseNetwork, usedNetworks } from "./address_range.ts";

/**
 * What a private engine holds of the host. It stands in the file that claims its address range, so that what a killed
 * keeper left behind can be found and removed.
 */
export interface Holdings {
  readonly range: string;
  readonly directory: string;
  readonly bridge: string;
  readonly cgroup: string;
}

/** A claimed address range: claimed as long as the file is locked, which ends with the process at the latest. */
export interface Claim {
  readonly holdings: Holdings;
  release(): Promise<void>;
}

function claimsDirectory(): string {
  try {
    if (Deno.statSync("/run/lock").isDirectory) return "/run/lock/mesolet-private-engine";
  } catch {
    // Not a Debian; /tmp is everywhere.
  }
  return "/tmp/.mesolet-private-engine";
}

/**
 * Claims an address range that nothing on this host uses, neither an interface nor a route nor another private engine.
 *
 * @param sweep removes what a killed keeper left behind
 */
export async function claimRange(sweep: (holdings: Holdings) => Promise<void>): Promise<Claim> {
  for (let attempt = 1;; attempt++) {
    try {
      return await claimFirstFree(sweep);
    } catch (error) {
      // The last one to release its claim has removed the directory under our feet.
      if (attempt >= 5 || !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

async function claimFirstFree(sweep: (holdings: Holdings) => Promise<void>): Promise<Claim> {
  const directory = claimsDirectory();
  await Deno.mkdir(directory, { recursive: true });
  await sweepClaims(directory, sweep);
  const used = await usedNetworks();
  for (const range of candidateRanges) {
    if (isUsed(range, used)) continue;
    const claim = await claimOne(directory, range);
    if (claim === undefined) continue;
    // Somebody may have taken it between the look and the lock.
    if (!isUsed(range, await usedNetworks())) return claim;
    await claim.release();
  }
  throw new Error(`Cannot find a free address range for a private engine: tried ${candidateRanges.length}`);
}

function isUsed(range: string, used: readonly Network[]): boolean {
  const network = parseNetwork(range);
  return network === undefined || used.some((other) => overlap(network, other));
}

function fileNameOf(range: string): string {
  return `${range.replace("/", "_")}.json`;
}

async function claimOne(directory: string, range: string): Promise<Claim | undefined> {
  const path = `${directory}/${fileNameOf(range)}`;
  const file = await lockedFile(path);
  if (file === undefined) return undefined;
  const name = crypto.randomUUID().slice(0, 8);
  const holdings: Holdings = {
    range,
    directory: await Deno.makeTempDir({ prefix: "mesolet-engine-" }),
    // At most 15 bytes.
    bridge: `msl-${name}`,
    cgroup: `mesolet-engine-${name}`,
  };
  await file.truncate();
  await file.write(new TextEncoder().encode(JSON.stringify(holdings)));
  return { holdings, release: () => releaseFile(path, directory, file) };
}

/** Opens and locks a file; undefined when another process has the lock. */
async function lockedFile(path: string): Promise<Deno.FsFile | undefined> {
  const file = await Deno.open(path, { read: true, write: true, create: true });
  if (!await file.tryLock(true) || !await isStillAt(path, file)) {
    file.close();
    return undefined;
  }
  return file;
}

/** The one who had the lock before may have removed the file: then this is the lock of nothing. */
async function isStillAt(path: string, file: Deno.FsFile): Promise<boolean> {
  try {
    return (await Deno.stat(path)).ino === (await file.stat()).ino;
  } catch {
    return false;
  }
}

async function releaseFile(path: string, directory: string, file: Deno.FsFile): Promise<void> {
  await Deno.remove(path);
  file.close();
  // Of the last one; others keep it.
  await Deno.remove(directory).catch(() => {});
}

async function sweepClaims(directory: string, sweep: (holdings: Holdings) => Promise<void>): Promise<void> {
  for await (const entry of Deno.readDir(directory)) {
    const path = `${directory}/${entry.name}`;
    const file = await lockedFile(path);
    if (file === undefined) continue;
    const text = await Deno.readTextFile(path);
    if (text !== "") await sweep(JSON.parse(text));
    await Deno.remove(path);
    file.close();
  }
}
