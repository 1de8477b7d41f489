import { gzipSync } from "node:zlib";
import { runOptions } from "./runtime_options.ts";
import { runtimes, type Target } from "./runtimes.ts";
import { sha256 } from "./sha256.ts";
import { starterProgram } from "./starter.ts";

/** What a self-extracting file is made of. */
export interface FileParts {
  readonly version: string;
  readonly target: Target;
  /** The file `deno` for the target. */
  readonly runtime: Uint8Array<ArrayBuffer>;
  /** The bundle. */
  readonly program: Uint8Array<ArrayBuffer>;
}

/** Digits of a checksum that name an entry of the cache. */
const keyLength = 16;

/**
 * The self-extracting file: a shell script (`stub.sh`), and behind it its parts, each compressed by itself. The same
 * parts give the same bytes.
 */
export async function selfExtractingFile(parts: FileParts): Promise<Uint8Array<ArrayBuffer>> {
  const starter = await pack(starterProgram(runtimes[parts.target].architecture));
  const program = await pack(parts.program);
  const runtime = await pack(parts.runtime);
  const runtimeKey = await sha256(encode(`${starter.sum} ${runtime.sum}`));
  const template = await Deno.readTextFile(new URL("stub.sh", import.meta.url));
  const stubOf = (stubBytes: number) => {
    const programAt = stubBytes + starter.bytes.length;
    const place = (before: number, part: Packed) => `${before + 1} ${part.bytes.length} ${part.packedSum}`;
    return encode(filledIn(template, {
      VERSION: parts.version,
      TARGET: parts.target,
      MACHINE: runtimes[parts.target].machine,
      STARTER: place(stubBytes, starter),
      PROGRAM: place(programAt, program),
      RUNTIME: place(programAt + program.bytes.length, runtime),
      STARTER_BYTES: String(starter.unpackedBytes),
      PROGRAM_BYTES: String(program.unpackedBytes),
      RUNTIME_BYTES: String(runtime.unpackedBytes),
      RUNTIME_KEY: runtimeKey.slice(0, keyLength),
      PROGRAM_KEY: program.sum.slice(0, keyLength),
      OPTIONS: ["run", ...runOptions()].join(" "),
    }));
  };
  const stub = ofStableLength(stubOf);
  return joined([stub, starter.bytes, program.bytes, runtime.bytes]);
}

/** The script says where its parts begin, which is where it ends itself. */
function ofStableLength(stubOf: (bytes: number) => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let stub = stubOf(0);
  for (let next = stubOf(stub.length);; next = stubOf(stub.length)) {
    if (next.length === stub.length) return next;
    stub = next;
  }
}

interface Packed {
  readonly bytes: Uint8Array;
  /** SHA-256 of these. */
  readonly packedSum: string;
  readonly unpackedBytes: number;
  /** SHA-256 of what is unpacked. */
  readonly sum: string;
}

async function pack(bytes: Uint8Array<ArrayBuffer>): Promise<Packed> {
  // The header has neither a name nor a time.
  const packed = new Uint8Array(gzipSync(bytes, { level: 9 }));
  return {
    bytes: packed,
    packedSum: await sha256(packed),
    unpackedBytes: bytes.length,
    sum: await sha256(bytes),
  };
}

function filledIn(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/@([A-Z_]+)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`stub.sh asks for ${name}, which is not known`);
    return value;
  });
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
