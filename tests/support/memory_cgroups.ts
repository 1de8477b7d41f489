import { CgroupFileError, type CgroupFileReason, type CgroupFiles } from "../../src/docker/cgroup_files.ts";

/** What a cgroup directory holds as soon as it is made, by the tree it is in. */
export type CgroupTemplate = Readonly<Record<string, string>>;

/**
 * A cgroup tree in memory that behaves like the kernel's: a directory has its files when it is made, no other can be
 * made, a directory with children or tasks cannot be removed.
 */
export class MemoryCgroups implements CgroupFiles {
  readonly files = new Map<string, string>();
  readonly #directories = new Set<string>();
  readonly #templates: ReadonlyMap<string, CgroupTemplate>;
  /** Directories that have tasks; a removal is refused as often as the number says. */
  readonly busy = new Map<string, number>();
  /** Paths that may not be written. */
  readonly denied = new Set<string>();
  /** What was written, in order. */
  readonly writes: string[] = [];

  /** @param templates what directories below a path hold */
  constructor(templates: Readonly<Record<string, CgroupTemplate>>) {
    this.#templates = new Map(Object.entries(templates));
    for (const [root, template] of this.#templates) {
      for (let path = root; path !== ""; path = path.slice(0, path.lastIndexOf("/"))) {
        this.#directories.add(path);
      }
      this.#fill(root, template);
    }
  }

  #fill(path: string, template: CgroupTemplate): void {
    for (const [name, text] of Object.entries(template)) this.files.set(`${path}/${name}`, text);
  }

  directories(path: string): Promise<string[]> {
    if (!this.#directories.has(path)) return this.#fail("missing", path);
    const names = [...this.#directories].filter((one) => one.startsWith(`${path}/`))
      .map((one) => one.slice(path.length + 1)).filter((name) => !name.includes("/"));
    return Promise.resolve(names.sort());
  }

  exists(path: string): Promise<boolean> {
    return Promise.resolve(this.#directories.has(path) || this.files.has(path));
  }

  mayWrite(path: string): Promise<boolean> {
    const isDirectory = this.#directories.has(path) || path.startsWith("/run/");
    return Promise.resolve(isDirectory && !this.denied.has(path));
  }

  read(path: string): Promise<string> {
    const text = this.files.get(path);
    return text === undefined ? this.#fail("missing", path) : Promise.resolve(text);
  }

  write(path: string, text: string): Promise<void> {
    if (this.denied.has(path)) return this.#fail("denied", path);
    const isUnit = path.startsWith("/run/");
    if (!isUnit && !this.files.has(path)) return this.#fail("missing", path);
    if (!this.#accepts(path, text)) return this.#fail("invalid", path);
    this.files.set(path, text);
    this.writes.push(`${path} = ${text}`);
    return Promise.resolve();
  }

  /** The limit with swap is never below the one without. */
  #accepts(path: string, text: string): boolean {
    const [, directory = "", name = ""] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
    const limit = this.files.get(`${directory}/memory.limit_in_bytes`);
    const withSwap = this.files.get(`${directory}/memory.memsw.limit_in_bytes`);
    if (name === "memory.memsw.limit_in_bytes") return Number(text) >= Number(limit);
    if (name === "memory.limit_in_bytes" && withSwap !== undefined) return Number(text) <= Number(withSwap);
    return true;
  }

  makeDirectory(path: string): Promise<void> {
    if (this.denied.has(path)) return this.#fail("denied", path);
    if (this.#directories.has(path)) return this.#fail("exists", path);
    if (!this.#directories.has(path.slice(0, path.lastIndexOf("/")))) return this.#fail("missing", path);
    this.#directories.add(path);
    for (const [root, template] of this.#templates) {
      if (path.startsWith(`${root}/`)) this.#fill(path, template);
    }
    return Promise.resolve();
  }

  removeDirectory(path: string): Promise<void> {
    if (!this.#directories.has(path)) return this.#fail("missing", path);
    const left = this.busy.get(path) ?? 0;
    if (left > 0) {
      this.busy.set(path, left - 1);
      return this.#fail("busy", path);
    }
    if ([...this.#directories].some((one) => one.startsWith(`${path}/`))) return this.#fail("busy", path);
    this.#directories.delete(path);
    for (const file of [...this.files.keys()]) {
      if (file.startsWith(`${path}/`)) this.files.delete(file);
    }
    return Promise.resolve();
  }

  removeFile(path: string): Promise<void> {
    return this.files.delete(path) ? Promise.resolve() : this.#fail("missing", path);
  }

  #fail(reason: CgroupFileReason, path: string): Promise<never> {
    return Promise.reject(new CgroupFileError(reason, path));
  }
}
