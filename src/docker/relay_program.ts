import { elfFile, type ProgramArchitecture } from "./elf_file.ts";
import { relayAmd64 } from "./relay_amd64.ts";
import { relayArm64 } from "./relay_arm64.ts";

/**
 * The program by which mesolet reaches a port inside a pod: it is run by `exec` in the pause container, which shares
 * the network namespace of the pod and has no other program. A static ELF of some hundred bytes.
 *
 * ```text
 * relay PORT 4|6 SECONDS [connect]
 *
 * setitimer(ITIMER_REAL, SECONDS)            so that it ends (by SIGALRM) even when nobody is left who waits for it
 * connect to 127.0.0.1:PORT, with 6 to [::1]:PORT
 * with a fourth word: exit 0
 * loop: poll(stdin, socket)
 *       stdin  → socket; at its end, or when the socket takes no more: shutdown(SHUT_WR), go on without it
 *       socket → stdout; at its end: exit 0
 * ```
 *
 * A failure exits with the number of the error (`errno(3)`): 111 when nobody listens. Words that it does not
 * understand: 22.
 */
export function relayProgram(architecture: ProgramArchitecture): Uint8Array<ArrayBuffer> {
  return elfFile(architecture, architecture === "amd64" ? relayAmd64() : relayArm64());
}
