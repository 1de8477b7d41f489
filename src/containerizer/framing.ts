import { ExitCode, MesoletError } from "../pod/errors.ts";

/** Something that bytes come from: standard input. */
export interface ByteSource {
  /** As `Deno.Reader`: how many bytes there are now, null at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/** A task with its data is at most some megabytes: a length beyond this is none. */
const longestMessage = 64 * 1024 * 1024;

/**
 * Reads one message: its length as four bytes in the order of this host's processor, and that many bytes. What comes
 * behind it is not waited for, as agents leave the pipe open.
 *
 * @throws {MesoletError} 65 when the input ends before the message does, or its length is no length
 */
export async function readMessage(source: ByteSource): Promise<Uint8Array> {
  const head = await readExactly(source, 4, "the four bytes of its length");
  const [length = 0] = new Uint32Array(head.buffer);
  if (length > longestMessage) {
    throw new MesoletError(
      `Cannot read the message on standard input: ${length} bytes are no message; its length has four bytes in the order of this host`,
      ExitCode.data,
    );
  }
  return await readExactly(source, length, `the ${length} bytes of the message`);
}

/** A message with its length in front, in one piece: half of one is never written. */
export function framed(message: Uint8Array): Uint8Array {
  const whole = new Uint8Array(4 + message.length);
  whole.set(new Uint8Array(Uint32Array.of(message.length).buffer));
  whole.set(message, 4);
  return whole;
}

async function readExactly(
  source: ByteSource,
  length: number,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let have = 0;
  while (have < length) {
    const read = await source.read(bytes.subarray(have));
    if (read === null) {
      throw new MesoletError(
        `Cannot read the message on standard input: it ends after ${have} of ${what}`,
        ExitCode.data,
      );
    }
    have += read;
  }
  return bytes;
}
