import { printStep } from "../../src/setup/print_setup.ts";
import {
  directoriesAbove,
  type Found,
  type HostState,
  type Receipt,
  type ServiceState,
  type SetupPlan,
  type SetupStep,
  unitPath,
  type Wanted,
} from "../../src/setup/setup_model.ts";
import { sha256 } from "../../src/pod/sha256.ts";

/** A host in memory, on which steps have the effect that they have on a real one. */
export class HostInMemory {
  readonly files = new Map<string, { text: string; mode: number }>();
  readonly directories = new Set<string>();
  receipt: Receipt | undefined;
  service: ServiceState = { manager: "running", enabled: false, active: false };
  /** What `systemctl` was told. */
  readonly told: string[] = [];

  constructor(directories: readonly string[] = ["/etc/systemd/system", "/usr/local/bin", "/var/lib"]) {
    for (const path of directories) this.directory(path);
  }

  directory(path: string): void {
    for (const each of [...directoriesAbove(path), path]) this.directories.add(each);
  }

  file(path: string, text: string, mode = 0o644): void {
    this.directory(directoriesAbove(path).at(-1) ?? "/");
    this.files.set(path, { text, mode });
  }

  get state(): HostState {
    const found = new Map<string, Found>();
    for (const path of this.directories) found.set(path, { kind: "directory", names: this.#namesIn(path) });
    for (const [path, { text, mode }] of this.files) {
      found.set(path, { kind: "file", digest: sha256(text), mode });
    }
    return { found, receipt: this.receipt, service: this.service };
  }

  #namesIn(directory: string): string[] {
    return [...this.directories, ...this.files.keys()]
      .filter((path) => (directoriesAbove(path).at(-1) ?? "/") === directory)
      .map((path) => path.slice(path.lastIndexOf("/") + 1)).sort();
  }

  /** Everything that is there, a path a line. */
  get paths(): string[] {
    return [...this.directories, ...this.files.keys()].sort();
  }

  apply(steps: readonly SetupStep[]): void {
    for (const step of steps) this.#apply(step);
  }

  #apply(step: SetupStep): void {
    switch (step.kind) {
      case "make-directory":
        if (!directoriesAbove(step.path).every((path) => this.directories.has(path))) {
          throw new Error(step.path);
        }
        this.directories.add(step.path);
        return;
      case "write-file": {
        const { path, mode, content } = step.file;
        if (!this.directories.has(directoriesAbove(path).at(-1) ?? "/")) throw new Error(path);
        this.files.set(path, { text: "text" in content ? content.text : content.copyOf, mode });
        return;
      }
      case "remove-file":
        if (step.path.endsWith("/setup.json")) this.receipt = undefined;
        this.files.delete(step.path);
        return;
      case "remove-directory":
        if (this.#namesIn(step.path).length > 0) throw new Error(`${step.path} is not empty`);
        this.directories.delete(step.path);
        return;
      case "record":
        this.receipt = step.receipt;
        this.file("/var/lib/mesolet/setup.json", "record");
        return;
      case "remove-pods":
        this.told.push(`remove pods of ${step.directory}`);
        return;
      case "systemctl":
        this.told.push(step.words.join(" "));
        this.#systemctl(step.words);
    }
  }

  #systemctl([verb, ...rest]: readonly string[]): void {
    const now = rest.includes("--now");
    if (verb === "enable") {
      if (!this.files.has(unitPath)) throw new Error("there is no unit");
      this.service = { ...this.service, enabled: true, active: this.service.active || now };
    }
    if (verb === "disable") {
      this.service = { ...this.service, enabled: false, active: this.service.active && !now };
    }
  }
}

/** What setup wants, where a program's bytes are its version. */
export function wantedOf(
  version: string,
  { prefix = "/usr/local", specs = "/etc/mesolet/pods", unit = "unit" } = {},
): Wanted {
  return {
    directories: [{ path: specs, mode: 0o750 }],
    files: [
      {
        path: `${prefix}/bin/mesolet`,
        mode: 0o755,
        kind: "program",
        content: { text: version },
        digest: sha256(version),
      },
      ...unit === "" ? [] : [
        {
          path: unitPath,
          mode: 0o644,
          kind: "unit",
          content: { text: unit },
          digest: sha256(unit),
        } as const,
      ],
    ],
  };
}

/** A plan as text. */
export function printed({ steps, notes, conflicts }: SetupPlan): string[] {
  return [
    ...steps.map(printStep),
    ...notes.map((text) => `note: ${text}`),
    ...conflicts.map((text) => `conflict: ${text}`),
  ];
}
