import { ExitCode, MesoletError } from "../pod/errors.ts";
import { fileError, onThisMachine, type Root } from "./host_paths.ts";
import { printReceipt } from "./receipt.ts";
import type { ServiceControl } from "./service_control.ts";
import { receiptPath, type SetupStep, type WantedFile } from "./setup_model.ts";

/** What steps are carried out with. */
export interface SetupTools {
  readonly root: Root;
  readonly service: ServiceControl;
  /** Whether a program that is about to be put into its place is what it is to be. @throws {MesoletError} if not */
  readonly tryProgram: (path: string) => Promise<void>;
  readonly removePods: (directory: string) => Promise<void>;
}

/**
 * Carries out one step. A file is written under another name in its directory and then renamed, so that there is never
 * half of it; who has the old one open keeps that.
 *
 * @throws {MesoletError} 73, 74 or 77 for a file, 71 when systemd refuses
 */
export async function applySetupStep(step: SetupStep, tools: SetupTools): Promise<void> {
  const { root } = tools;
  switch (step.kind) {
    case "make-directory":
      return await doing(`make the directory ${step.path}`, async () => {
        await Deno.mkdir(onThisMachine(root, step.path), { mode: step.mode });
        // The mask of whoever runs setup is no matter of the host.
        await Deno.chmod(onThisMachine(root, step.path), step.mode);
      });
    case "write-file":
      return await doing(`write ${step.file.path}`, () => writeFile(step.file, tools));
    case "record":
      return await doing(
        `write ${receiptPath}`,
        () => replace(onThisMachine(root, receiptPath), 0o644, { text: printReceipt(step.receipt) }),
      );
    case "remove-file":
      return await doing(`remove ${step.path}`, () => Deno.remove(onThisMachine(root, step.path)));
    case "remove-directory":
      return await doing(
        `remove the directory ${step.path}`,
        () => Deno.remove(onThisMachine(root, step.path)),
      );
    case "systemctl":
      return await tools.service.run(step.words);
    case "remove-pods":
      return await tools.removePods(step.directory);
  }
}

async function doing(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw fileError(what, error);
  }
}

async function writeFile({ path, mode, content, kind }: WantedFile, tools: SetupTools): Promise<void> {
  // A program of another root may be for another machine.
  const isTried = kind === "program" && tools.root === "/";
  await replace(onThisMachine(tools.root, path), mode, content, isTried ? tools.tryProgram : undefined);
}

async function replace(
  path: string,
  mode: number,
  content: WantedFile["content"],
  check?: (path: string) => Promise<void>,
): Promise<void> {
  const cut = path.lastIndexOf("/");
  const directory = path.slice(0, cut) || "/";
  const fresh = `${directory}/.${path.slice(cut + 1)}.mesolet-setup`;
  // Of a run that was killed: two do not run at one time.
  await Deno.remove(fresh).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  try {
    {
      using file = await Deno.open(fresh, { write: true, createNew: true, mode: 0o600 });
      if ("text" in content) await writeAll(file, new TextEncoder().encode(content.text));
      else await copyInto(file, content.copyOf);
      await file.sync();
    }
    await Deno.chmod(fresh, mode);
    await check?.(fresh);
    await Deno.rename(fresh, path);
  } catch (error) {
    await Deno.remove(fresh).catch(() => {});
    throw error;
  }
  // So that the name is on the disk as well as the bytes. Some file systems have no such thing.
  try {
    using above = await Deno.open(directory, { read: true });
    await above.sync();
  } catch {
    // The file is in its place all the same.
  }
}

async function copyInto(file: Deno.FsFile, source: string): Promise<void> {
  using from = await Deno.open(source, { read: true });
  const piece = new Uint8Array(1 << 20);
  for (;;) {
    const count = await from.read(piece);
    if (count === null) return;
    await writeAll(file, piece.subarray(0, count));
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) offset += await file.write(bytes.subarray(offset));
}

/**
 * Sees to it that one setup alone works on a root. The lock is the kernel's and goes with the process.
 *
 * @throws {MesoletError} 75 when another one is at work
 */
export function lockRoot(root: Root): Disposable {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(root, { read: true });
  } catch (error) {
    throw fileError(`open ${root}`, error);
  }
  if (!file.tryLockSync(true)) {
    file.close();
    throw new MesoletError(`Another setup is at work on ${root}: wait for its end`, ExitCode.temporary);
  }
  return { [Symbol.dispose]: () => file.close() };
}
