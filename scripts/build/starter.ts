import { elfFile, type ProgramArchitecture } from "../../src/docker/elf_file.ts";
import { CodeAmd64, CodeArm64, littleEndian } from "../../src/docker/machine_code.ts";

/**
 * A program that runs another one, named by its arguments, with SIGUSR1 blocked: Deno opens an inspector on that
 * signal, to which every user of the host could connect, and has no option against it. A blocked signal reaches no
 * handler. What the program runs itself (hooks, credential helpers) has the signal blocked as well.
 * `env --block-signal` does the same, but BusyBox has none.
 *
 * ```text
 * rt_sigprocmask(SIG_BLOCK, {SIGUSR1})
 * execve(argv[1], &argv[1], envp)
 * exit_group(127)
 * ```
 */
export function starterProgram(architecture: ProgramArchitecture): Uint8Array<ArrayBuffer> {
  return elfFile(architecture, architecture === "amd64" ? assembleAmd64() : assembleArm64());
}

const signalUser1 = 10;
const signalSet = 1 << (signalUser1 - 1);
/** Bytes of the kernel's signal set. */
const signalSetSize = 8;
const blockSignals = 0;
/** What shells end with when there is no such program. */
const notFound = 127;

/** Source of numbers and encodings: Linux `arch/x86/entry/syscalls/syscall_64.tbl`; Intel SDM volume 2. */
function assembleAmd64(): Uint8Array {
  const code = new CodeAmd64();
  const load = { rdi: 0xbf, rdx: 0xba, rax: 0xb8 } as const;
  /** `mov r32, imm32`, which clears the upper half. */
  const move = (register: keyof typeof load, value: number) =>
    code.bytes(load[register], ...littleEndian(value));
  const systemCall = (number: number) => {
    move("rax", number);
    code.bytes(0x0f, 0x05);
  };
  // The kernel leaves on the stack: the number of arguments, their addresses, 0, those of the environment, 0.
  code.bytes(0x48, 0x89, 0xe3); // mov rbx, rsp
  code.bytes(0x68, ...littleEndian(signalSet)); // push imm32
  move("rdi", blockSignals);
  code.bytes(0x48, 0x89, 0xe6); // mov rsi, rsp
  move("rdx", 0);
  code.bytes(0x41, 0xba, ...littleEndian(signalSetSize)); // mov r10d, imm32
  systemCall(14); // rt_sigprocmask
  code.bytes(0x48, 0x8b, 0x03); // mov rax, [rbx]
  code.bytes(0x48, 0x8d, 0x54, 0xc3, 0x10); // lea rdx, [rbx + rax * 8 + 16]
  code.bytes(0x48, 0x8b, 0x7b, 0x10); // mov rdi, [rbx + 16]
  code.bytes(0x48, 0x8d, 0x73, 0x10); // lea rsi, [rbx + 16]
  systemCall(59); // execve
  move("rdi", notFound);
  systemCall(231); // exit_group
  return code.assemble();
}

/** Source of numbers and encodings: Linux `include/uapi/asm-generic/unistd.h`; Arm ARM, chapter C6. */
function assembleArm64(): Uint8Array {
  const code = new CodeArm64();
  const stackPointer = 31;
  /** movz xN, #value */
  const move = (register: number, value: number) => code.word(0xd2800000 | (value << 5) | register);
  const systemCall = (number: number) => {
    move(8, number);
    code.word(0xd4000001); // svc #0
  };
  /** add xN, xM, #value */
  const add = (to: number, from: number, value: number) =>
    code.word(0x91000000 | (value << 10) | (from << 5) | to);
  add(19, stackPointer, 0);
  move(9, signalSet);
  code.word(0xd1000000 | (16 << 10) | (stackPointer << 5) | stackPointer); // sub sp, sp, #16
  code.word(0xf9000000 | (stackPointer << 5) | 9); // str x9, [sp]
  move(0, blockSignals);
  add(1, stackPointer, 0);
  move(2, 0);
  move(3, signalSetSize);
  systemCall(135); // rt_sigprocmask
  code.word(0xf9400000 | (19 << 5) | 9); // ldr x9, [x19]
  code.word(0x8b000000 | (9 << 16) | (3 << 10) | (19 << 5) | 2); // add x2, x19, x9, lsl #3
  add(2, 2, 16);
  code.word(0xf9400000 | (2 << 10) | (19 << 5) | 0); // ldr x0, [x19, #16]
  add(1, 19, 16);
  systemCall(221); // execve
  move(0, notFound);
  systemCall(94); // exit_group
  return code.assemble();
}
