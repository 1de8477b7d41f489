/** What `mesolet setup` is about, as data. Paths are those of the host, also where it is another root's. */

/** What setup wants to be there. */
export interface Wanted {
  /** Sorted; the directories above files are wanted without being named. */
  readonly directories: readonly WantedDirectory[];
  readonly files: readonly WantedFile[];
}

export interface WantedDirectory {
  readonly path: string;
  readonly mode: number;
}

export interface WantedFile {
  readonly path: string;
  readonly mode: number;
  /** People change configuration, and keep what they changed; nobody changes a program. */
  readonly kind: "program" | "unit";
  readonly content: Content;
  /** SHA-256 of the content. */
  readonly digest: string;
}

/** A text, or the bytes of a file on this host. */
export type Content = { readonly text: string } | { readonly copyOf: string };

/** What is at a path. */
export type Found =
  | { readonly kind: "missing" }
  | { readonly kind: "file"; readonly digest: string; readonly mode: number }
  | { readonly kind: "directory"; readonly names: readonly string[] }
  /** A link, a device, and the like. */
  | { readonly kind: "other" };

/** What setup has made, so that `--uninstall` removes that and nothing else. */
export interface Receipt {
  /** False from before the first step until after the last one. */
  readonly finished: boolean;
  readonly prefix: string;
  readonly specs: string;
  /** Directories that were not there before; sorted. */
  readonly directories: readonly string[];
  /** SHA-256 of what was written to each file; several while it is not known which one is there. */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

/** The service of systemd, as it is. */
export interface ServiceState {
  /** `offline`: it is the systemd of another root, which can be told what to start and cannot start it now. */
  readonly manager: "running" | "offline" | "none";
  readonly enabled: boolean;
  readonly active: boolean;
}

/** All that a plan is made from. */
export interface HostState {
  /** Of every path that {@linkcode pathsOf} names. */
  readonly found: ReadonlyMap<string, Found>;
  readonly receipt: Receipt | undefined;
  readonly service: ServiceState;
}

/** One thing to do, and why. */
export type SetupStep =
  & (
    | { readonly kind: "make-directory"; readonly path: string; readonly mode: number }
    | { readonly kind: "write-file"; readonly file: WantedFile }
    | { readonly kind: "remove-file"; readonly path: string }
    | { readonly kind: "remove-directory"; readonly path: string }
    | { readonly kind: "systemctl"; readonly words: readonly string[] }
    | { readonly kind: "remove-pods"; readonly directory: string }
    | { readonly kind: "record"; readonly receipt: Receipt }
  )
  & { readonly cause: string };

/** What is to be done. Nothing is done where there is a conflict. */
export interface SetupPlan {
  readonly steps: readonly SetupStep[];
  /** What a person should know. */
  readonly notes: readonly string[];
  /** What setup must not touch and cannot do without. */
  readonly conflicts: readonly string[];
}

/** The name of the service. */
export const serviceName = "mesolet-operator";
export const unitPath: string = `/etc/systemd/system/${serviceName}.service`;
export const receiptPath = "/var/lib/mesolet/setup.json";

/** Where the program and the specs go when nobody says anything. */
export const usualPrefix = "/usr/local";
export const usualSpecs = "/etc/mesolet/pods";

/** The path of the program below a prefix. */
export function programPath(prefix: string): string {
  return `${prefix === "/" ? "" : prefix}/bin/mesolet`;
}

/** The directories above a path, from the top, without `/`. */
export function directoriesAbove(path: string): string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

/** Every path whose state a plan may depend on. */
export function pathsOf(wanted: Wanted, receipt: Receipt | undefined): string[] {
  const named = [
    receiptPath,
    ...wanted.directories.map(({ path }) => path),
    ...wanted.files.map(({ path }) => path),
    ...receipt?.directories ?? [],
    ...Object.keys(receipt?.files ?? {}),
  ];
  return [...new Set(named.flatMap((path) => [...directoriesAbove(path), path]))].sort();
}
