import {
  directoriesAbove,
  type Found,
  type HostState,
  programPath,
  type Receipt,
  receiptPath,
  serviceName,
  type SetupPlan,
  type SetupStep,
  unitPath,
  type Wanted,
  type WantedFile,
} from "./setup_model.ts";

/** What setup is asked for. */
export interface SetupWish {
  readonly wanted: Wanted;
  readonly prefix: string;
  readonly specs: string;
  /** Start the service now and with the host. */
  readonly enable: boolean;
  /** Replace what setup has not made, or what was changed since. */
  readonly force: boolean;
}

/**
 * What has to be done so that all that is wanted is there, in order. What is in its place already is left alone, so
 * that a second plan is empty; what setup made and is not wanted any more goes.
 *
 * Between two steps the host is always in order: a file is replaced as a whole, and everything that will be made is
 * recorded before anything is.
 */
export function planSetup(wish: SetupWish, state: HostState): SetupPlan {
  const { wanted } = wish;
  const { receipt } = state;
  const notes: string[] = [];
  const conflicts: string[] = [];
  // The record's own directory is there before the record that could name it.
  const made = new Set([...receipt?.directories ?? [], ...directoriesAbove(receiptPath).slice(-1)]);
  const files: Record<string, readonly string[]> = {};
  const before: Record<string, readonly string[]> = { ...receipt?.files };
  const changes: SetupStep[] = [];

  const modes = new Map(wanted.directories.map(({ path, mode }) => [path, mode]));
  const needed = neededDirectories(wanted);
  for (const path of needed) {
    const { kind } = foundAt(state, path);
    if (kind === "directory") continue;
    if (kind !== "missing") conflicts.push(`${path} is no directory`);
    changes.push({ kind: "make-directory", path, mode: modes.get(path) ?? 0o755, cause: "it is missing" });
    made.add(path);
  }
  for (const file of wanted.files) {
    const { path, digest } = file;
    const known = receipt?.files[path];
    const verdict = judgeFile(file, foundAt(state, path), known, wish.force);
    if (verdict.act === "write") {
      changes.push({ kind: "write-file", file, cause: verdict.why });
      files[path] = [digest];
      before[path] = [...new Set([...known ?? [], digest])];
    } else {
      // What was changed by hand is still setup's, and told at each run.
      if (known !== undefined) files[path] = verdict.act === "leave" ? [digest] : known;
      if (verdict.act === "conflict") conflicts.push(verdict.why);
      else if (verdict.why !== undefined) notes.push(verdict.why);
    }
  }
  const wantedPaths = new Set(wanted.files.map(({ path }) => path));
  const gone = Object.keys(receipt?.files ?? {}).filter((path) => !wantedPaths.has(path));
  const removal = planRemoval(gone, [...made].filter((path) => !needed.includes(path)), state, {
    force: wish.force,
    cause: "it is not wanted any more",
  });
  changes.push(...removal.steps);
  notes.push(...removal.notes);
  for (const path of removal.directories) made.delete(path);
  for (const path of removal.forgotten) made.delete(path);

  changes.push(...serviceSteps(wish, state, changes));
  if (wish.enable && state.service.manager === "none") {
    conflicts.push("there is no systemd here: leave --enable out");
  }
  const next: Receipt = {
    finished: true,
    prefix: wish.prefix,
    specs: wish.specs,
    directories: [...made].sort(),
    files,
  };
  const ahead: Receipt = {
    ...next,
    finished: false,
    directories: [...new Set([...receipt?.directories ?? [], ...made])].sort(),
    files: before,
  };
  return {
    steps: recorded(changes, next, ahead, receipt),
    notes: [...notes, ...serviceNotes(wish, state)],
    conflicts,
  };
}

/** What has to be done so that nothing is left of what setup made, and nothing else is touched. */
export function planUninstall(
  wish: { readonly force: boolean; readonly removePods: boolean },
  state: HostState,
): SetupPlan {
  const { receipt, service } = state;
  const steps: SetupStep[] = [];
  if (receipt === undefined) return { steps, notes: ["nothing here was made by setup"], conflicts: [] };
  const cause = "--uninstall";
  const hasUnit = receipt.files[unitPath] !== undefined;
  if (hasUnit && service.manager === "running" && (service.active || service.enabled)) {
    steps.push({
      kind: "systemctl",
      words: ["disable", "--now", serviceName],
      cause: "the program goes; pods run on without it",
    });
  }
  if (hasUnit && service.manager === "offline" && service.enabled) {
    steps.push({ kind: "systemctl", words: ["disable", serviceName], cause });
  }
  if (wish.removePods) steps.push({ kind: "remove-pods", directory: receipt.specs, cause: "--stop-pods" });
  // The receipt is the last to go: until then a second run knows what is left to do.
  const removal = planRemoval(Object.keys(receipt.files), receipt.directories, state, {
    force: wish.force,
    cause,
    alsoGone: [receiptPath],
  });
  const isOfReceipt = (step: SetupStep) =>
    step.kind === "remove-directory" && receiptPath.startsWith(`${step.path}/`);
  steps.push(...removal.steps.filter((step) => !isOfReceipt(step)));
  const removesUnit = removal.steps.some((step) => step.kind === "remove-file" && step.path === unitPath);
  if (removesUnit && service.manager === "running") {
    steps.push({ kind: "systemctl", words: ["daemon-reload"], cause: "a unit has changed" });
  }
  steps.push({ kind: "remove-file", path: receiptPath, cause });
  steps.push(...removal.steps.filter(isOfReceipt));
  return { steps, notes: removal.notes, conflicts: [] };
}

type Verdict =
  | { readonly act: "write"; readonly why: string }
  | { readonly act: "leave" | "keep"; readonly why?: string }
  | { readonly act: "conflict"; readonly why: string };

function judgeFile(
  file: WantedFile,
  found: Found,
  known: readonly string[] | undefined,
  force: boolean,
): Verdict {
  const { path, kind } = file;
  if (found.kind === "missing") return { act: "write", why: "it is missing" };
  if (found.kind === "directory") return { act: "conflict", why: `${path} is a directory` };
  if (found.kind === "file") {
    const isOurs = known?.includes(found.digest) ?? false;
    const isSame = found.digest === file.digest;
    if (isSame && found.mode === file.mode) {
      return known === undefined
        ? { act: "leave", why: `${path} was there before and is as it should be; --uninstall leaves it` }
        : { act: "leave" };
    }
    if (isOurs) {
      return { act: "write", why: isSame ? `its mode is ${octal(found.mode)}` : "it is another version's" };
    }
  }
  if (force) return { act: "write", why: "--force: what is there is not of setup" };
  const whose = known === undefined ? "was not put there by setup" : "was changed since setup put it there";
  return kind === "unit"
    ? { act: "keep", why: `${path} ${whose} and stays as it is; --force replaces it` }
    : { act: "conflict", why: `${path} ${whose}; --force replaces it` };
}

interface Removal {
  readonly steps: readonly SetupStep[];
  readonly notes: readonly string[];
  /** Directories that go. */
  readonly directories: readonly string[];
  /** Directories that stay and are nobody's matter any more. */
  readonly forgotten: readonly string[];
}

/** Removes files that are as setup has left them, and then directories with nothing else in them. */
function planRemoval(
  files: readonly string[],
  directories: readonly string[],
  state: HostState,
  { force, cause, alsoGone = [] }: {
    readonly force: boolean;
    readonly cause: string;
    readonly alsoGone?: readonly string[];
  },
): Removal {
  const steps: SetupStep[] = [];
  const notes: string[] = [];
  const gone = new Set(alsoGone);
  for (const path of [...files].sort()) {
    const found = foundAt(state, path);
    if (found.kind === "missing") continue;
    const isOurs = found.kind === "file" && state.receipt?.files[path]?.includes(found.digest);
    if (isOurs || (force && found.kind !== "directory")) {
      steps.push({ kind: "remove-file", path, cause });
      gone.add(path);
    } else notes.push(`${path} was changed since setup put it there and stays`);
  }
  const emptied: string[] = [];
  const forgotten: string[] = [];
  for (const path of [...directories].sort().reverse()) {
    const found = foundAt(state, path);
    if (found.kind !== "directory") {
      forgotten.push(path);
      continue;
    }
    const left = found.names.filter((name) => !gone.has(`${path}/${name}`));
    if (left.length > 0) {
      const example = left.length === 1 ? left[0] : `${left.length} others, such as ${left[0]}`;
      notes.push(`${path} stays: there is ${example} in it`);
      forgotten.push(path);
      continue;
    }
    gone.add(path);
    emptied.push(path);
    steps.push({ kind: "remove-directory", path, cause: "nothing is left in it" });
  }
  return { steps, notes, directories: emptied, forgotten };
}

function serviceSteps(
  { enable, prefix }: SetupWish,
  { service, receipt, found }: HostState,
  changes: readonly SetupStep[],
): SetupStep[] {
  const steps: SetupStep[] = [];
  const touched = new Set(
    changes.flatMap((step) =>
      step.kind === "write-file" ? [step.file.path] : step.kind === "remove-file" ? [step.path] : []
    ),
  );
  // A run that was broken off may have replaced files without telling anybody.
  const isResumed = receipt?.finished === false;
  const hasUnit = touched.has(unitPath) || found.get(unitPath)?.kind === "file";
  if (service.manager === "running") {
    if (touched.has(unitPath) || isResumed) {
      steps.push({ kind: "systemctl", words: ["daemon-reload"], cause: "a unit has changed" });
    }
    if (
      hasUnit && service.active && (touched.has(unitPath) || touched.has(programPath(prefix)) || isResumed)
    ) {
      steps.push({
        kind: "systemctl",
        words: ["restart", serviceName],
        cause: touched.has(programPath(prefix))
          ? "the program is a new one; pods run on"
          : touched.has(unitPath)
          ? "its unit has changed; pods run on"
          : "a setup was broken off; pods run on",
      });
    }
    if (enable && !(service.enabled && service.active)) {
      steps.push({ kind: "systemctl", words: ["enable", "--now", serviceName], cause: "--enable" });
    }
  }
  if (service.manager === "offline" && enable && !service.enabled) {
    steps.push({ kind: "systemctl", words: ["enable", serviceName], cause: "--enable" });
  }
  return steps;
}

/** What a person has to do for the operator to run. */
function serviceNotes({ enable, prefix, specs }: SetupWish, { service }: HostState): string[] {
  if (service.manager === "none") {
    const line = `${programPath(prefix)} operator ${specs}`;
    return [`there is no systemd here, so no unit is installed: have "${line}" started with the host`];
  }
  if (enable || service.active || (service.manager === "offline" && service.enabled)) return [];
  const when = service.manager === "offline" ? "on the host itself, " : "";
  return [`the operator is not started: ${when}systemctl enable --now ${serviceName}, or setup --enable`];
}

/** Puts the record of what will be there before all steps, behind its own directory, and that of what is after them. */
function recorded(
  changes: readonly SetupStep[],
  next: Receipt,
  ahead: Receipt,
  receipt: Receipt | undefined,
): readonly SetupStep[] {
  const isSame = receipt !== undefined && JSON.stringify(sorted(receipt)) === JSON.stringify(sorted(next));
  const last: SetupStep = { kind: "record", receipt: next, cause: "what was made" };
  const above = directoriesAbove(receiptPath);
  const isOfRecord = (step: SetupStep) => step.kind === "make-directory" && above.includes(step.path);
  const rest = changes.filter((step) => !isOfRecord(step));
  if (rest.length === 0) {
    const owns = next.directories.some((path) => !above.includes(path)) || Object.keys(next.files).length > 0;
    return isSame || (receipt === undefined && !owns) ? [] : [...changes, last];
  }
  const first: SetupStep = { kind: "record", receipt: ahead, cause: "what is about to be made" };
  return [...changes.filter(isOfRecord), first, ...rest, last];
}

function sorted({ finished, prefix, specs, directories, files }: Receipt): unknown {
  return [finished, prefix, specs, [...directories].sort(), Object.entries(files).sort()];
}

/** From the top, so that each is made after the one that it is in. */
function neededDirectories(wanted: Wanted): string[] {
  const named = [
    ...directoriesAbove(receiptPath),
    ...wanted.directories.flatMap(({ path }) => [...directoriesAbove(path), path]),
    ...wanted.files.flatMap(({ path }) => directoriesAbove(path)),
  ];
  return [...new Set(named)].sort();
}

function foundAt(state: HostState, path: string): Found {
  return state.found.get(path) ?? { kind: "missing" };
}

function octal(mode: number): string {
  return mode.toString(8);
}
