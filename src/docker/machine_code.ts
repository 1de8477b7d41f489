/** Machine code with labels: the least of an assembler that the built-in programs need. */

/**
 * Bytes for x86-64 with labels and jumps.
 *
 * Source of the encodings: Intel SDM, volume 2.
 */
export class CodeAmd64 {
  readonly #bytes: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #jumps: { readonly at: number; readonly label: string; readonly size: 1 | 4 }[] = [];

  bytes(...bytes: number[]): void {
    this.#bytes.push(...bytes);
  }

  /** The next byte can be jumped to. */
  label(name: string): void {
    this.#labels.set(name, this.#bytes.length);
  }

  /** A jump of two bytes: opcode and distance from the next instruction. */
  jump(opcode: number, label: string): void {
    this.#bytes.push(opcode, 0);
    this.#jumps.push({ at: this.#bytes.length, label, size: 1 });
  }

  /** A jump or call with a distance of four bytes behind its opcode. */
  jumpFar(opcode: readonly number[], label: string): void {
    this.#bytes.push(...opcode, 0, 0, 0, 0);
    this.#jumps.push({ at: this.#bytes.length, label, size: 4 });
  }

  /** @throws {RangeError} for a label that is missing or too far away: a defect of the program */
  assemble(): Uint8Array {
    for (const { at, label, size } of this.#jumps) {
      const distance = distanceTo(this.#labels, label, at, size === 1 ? 127 : 0x7fffffff);
      const field = littleEndian(distance).slice(0, size);
      field.forEach((byte, index) => this.#bytes[at - size + index] = byte);
    }
    return Uint8Array.from(this.#bytes);
  }
}

/**
 * Words of 32 bits for arm64 with labels and branches.
 *
 * Source of the encodings: Arm ARM, chapter C6.
 */
export class CodeArm64 {
  readonly #words: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #branches: { readonly at: number; readonly label: string; readonly conditional: boolean }[] = [];

  word(word: number): void {
    this.#words.push(word >>> 0);
  }

  /** The next word can be branched to. */
  label(name: string): void {
    this.#labels.set(name, this.#words.length);
  }

  branchIf(condition: number, label: string): void {
    this.#branches.push({ at: this.#words.length, label, conditional: true });
    this.word(0x54000000 | condition);
  }

  branch(label: string): void {
    this.#branches.push({ at: this.#words.length, label, conditional: false });
    this.word(0x14000000);
  }

  /** Branches and leaves the address of the next word in x30. */
  call(label: string): void {
    this.#branches.push({ at: this.#words.length, label, conditional: false });
    this.word(0x94000000);
  }

  /** @throws {RangeError} for a label that is missing or too far away: a defect of the program */
  assemble(): Uint8Array {
    for (const { at, label, conditional } of this.#branches) {
      const distance = distanceTo(this.#labels, label, at, 0x1ffff);
      const field = conditional ? (distance & 0x7ffff) << 5 : distance & 0x3ffffff;
      this.#words[at] = ((this.#words[at] ?? 0) | field) >>> 0;
    }
    return Uint8Array.from(this.#words.flatMap(littleEndian));
  }
}

function distanceTo(labels: ReadonlyMap<string, number>, label: string, from: number, limit: number): number {
  const target = labels.get(label);
  if (target === undefined || Math.abs(target - from) > limit) {
    throw new RangeError(`Cannot assemble: label ${label} is missing or too far away`);
  }
  return target - from;
}

/** A number of 32 bits, its lowest byte first. */
export function littleEndian(value: number): [number, number, number, number] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}
