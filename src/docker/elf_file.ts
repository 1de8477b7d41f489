/** Architectures that the built-in programs exist for, as images name them. */
export type ProgramArchitecture = "amd64" | "arm64";

/** Where the file is mapped; any page boundary for pages up to 64 KiB. */
const baseAddress = 0x400000;
const elfHeaderSize = 64;
const programHeaderSize = 56;
const codeOffset = elfHeaderSize + 2 * programHeaderSize;

/**
 * A static ELF file of nothing but machine code, which begins to run at its first byte: the same bytes every time.
 *
 * Source: Tool Interface Standard, "Executable and Linking Format", version 1.2; `elf(5)`.
 */
export function elfFile(architecture: ProgramArchitecture, code: Uint8Array): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(codeOffset + code.length);
  file.set(elfHeader(architecture), 0);
  // One segment for everything, read and execute; and a stack that is not executable.
  file.set(programHeader({ type: 1, flags: 5, size: file.length, align: 0x10000, address: baseAddress }), 64);
  file.set(programHeader({ type: 0x6474e551, flags: 6, size: 0, align: 16, address: 0 }), 120);
  file.set(code, codeOffset);
  return file;
}

function elfHeader(architecture: ProgramArchitecture): Uint8Array {
  const header = new DataView(new ArrayBuffer(elfHeaderSize));
  // \x7fELF, 64 bit, little-endian, version 1.
  [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].forEach((byte, index) => header.setUint8(index, byte));
  header.setUint16(16, 2, true); // ET_EXEC
  header.setUint16(18, architecture === "amd64" ? 62 : 183, true);
  header.setUint32(20, 1, true);
  header.setBigUint64(24, BigInt(baseAddress + codeOffset), true);
  header.setBigUint64(32, BigInt(elfHeaderSize), true);
  header.setUint16(52, elfHeaderSize, true);
  header.setUint16(54, programHeaderSize, true);
  header.setUint16(56, 2, true);
  return new Uint8Array(header.buffer);
}

function programHeader(
  segment: { type: number; flags: number; size: number; align: number; address: number },
): Uint8Array {
  const header = new DataView(new ArrayBuffer(programHeaderSize));
  header.setUint32(0, segment.type, true);
  header.setUint32(4, segment.flags, true);
  header.setBigUint64(16, BigInt(segment.address), true);
  header.setBigUint64(24, BigInt(segment.address), true);
  header.setBigUint64(32, BigInt(segment.size), true);
  header.setBigUint64(40, BigInt(segment.size), true);
  header.setBigUint64(48, BigInt(segment.align), true);
  return new Uint8Array(header.buffer);
}
