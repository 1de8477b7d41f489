import { type Flag, flagName, type Flags } from "./command.ts";

/** A flag with the key that its value is kept under, and whether it is a global one. */
export interface FoundFlag {
  readonly key: string;
  readonly flag: Flag;
  readonly global: boolean;
}

/** Finds flags by name or letter. A command's own flags come first: `logs -f` follows, `-f` alone is a file. */
export class FlagLookup {
  readonly #long = new Map<string, FoundFlag>();
  readonly #short = new Map<string, FoundFlag>();

  constructor(globals: Flags, own: Flags) {
    this.#add(globals, true);
    this.#add(own, false);
  }

  long(name: string): FoundFlag | undefined {
    return this.#long.get(name);
  }

  short(letter: string): FoundFlag | undefined {
    return this.#short.get(letter);
  }

  /** Long names that are shown to people. */
  names(): string[] {
    return [...this.#long].filter(([, found]) => found.flag.hidden !== true).map(([name]) => name);
  }

  #add(flags: Flags, global: boolean): void {
    for (const [key, flag] of Object.entries(flags)) {
      const found = { key, flag, global };
      for (const name of [flagName(key, flag), ...flag.aliases ?? []]) this.#long.set(name, found);
      if (flag.short !== undefined) this.#short.set(flag.short, found);
    }
  }
}
