/** What the program is built for: the words of the file's name. */
export const targets = ["x64", "arm64"] as const;
export type Target = typeof targets[number];

/** A build of Deno that files are made with. */
export interface RuntimeSource {
  /** The package of npm that has it, as `npm pack` takes it. */
  readonly package: string;
  /** Of the file `deno` in it, so that it does not matter where it comes from. */
  readonly sha256: string;
  /** Its name in `Deno.build.arch`, and as `uname -m` says it. */
  readonly machine: "x86_64" | "aarch64";
  /** Its name in images, and for the programs that are built in. */
  readonly architecture: "amd64" | "arm64";
}

/**
 * The runtime of each target. A checksum is written here by hand, from a package whose integrity npm has verified, when
 * Deno is moved to another version (docs/build.md). 2.9.5 is the last for arm64 whose package could be verified so far.
 */
export const runtimes: Readonly<Record<Target, RuntimeSource>> = {
  x64: {
    package: "@deno/linux-x64-glibc@2.9.6",
    sha256: "bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0",
    machine: "x86_64",
    architecture: "amd64",
  },
  arm64: {
    package: "@deno/linux-arm64-glibc@2.9.5",
    sha256: "e1a70c5eb03b0ebaf761077029ef86b9ba22d50e2b54ca45ce5437457f701b63",
    machine: "aarch64",
    architecture: "arm64",
  },
};

/** The target of this machine, if there is one. */
export function ownTarget(): Target | undefined {
  if (Deno.build.os !== "linux") return undefined;
  return targets.find((target) => runtimes[target].machine === Deno.build.arch);
}
