import { elfFile, type ProgramArchitecture } from "./elf_file.ts";
import { CodeAmd64, CodeArm64, littleEndian } from "./machine_code.ts";

/**
 * The program of the pause container: a static ELF of a few hundred bytes. As PID 1 it ends with exit code 0 at once
 * on SIGTERM and SIGINT, reaps every child that is left to it, and otherwise sleeps for ever without waking up.
 *
 * It blocks the signals and takes them one by one with rt_sigtimedwait: a blocked signal is kept even for PID 1, whose
 * unhandled signals the kernel would drop, and no handler means no stack and no race.
 *
 * ```text
 *        rt_sigprocmask(SIG_BLOCK, {SIGINT, SIGTERM, SIGCHLD})
 * wait:  signal = rt_sigtimedwait({SIGINT, SIGTERM, SIGCHLD}, NULL, NULL)
 *        if signal is SIGINT or SIGTERM: exit_group(0)
 * reap:  if wait4(-1, NULL, WNOHANG, NULL) > 0: goto reap
 *        goto wait
 * ```
 */

const signalInterrupt = 2;
const signalTerminate = 15;
const signalChild = 17;
const signalSet = (1 << (signalInterrupt - 1)) | (1 << (signalTerminate - 1)) | (1 << (signalChild - 1));
/** Bytes of the kernel's signal set. */
const signalSetSize = 8;
const blockSignals = 0;
const doNotHang = 1;

/** The program as an ELF file: the same bytes every time. */
export function pauseProgram(architecture: ProgramArchitecture): Uint8Array<ArrayBuffer> {
  return elfFile(architecture, architecture === "amd64" ? assembleAmd64() : assembleArm64());
}

/** Source of numbers and encodings: Linux `arch/x86/entry/syscalls/syscall_64.tbl`; Intel SDM volume 2. */
function assembleAmd64(): Uint8Array {
  const code = new CodeAmd64();
  const load = { rdi: 0xbf, rsi: 0xbe, rdx: 0xba, r10: 0xba, rax: 0xb8 } as const;
  /** `mov r32, imm32`, which clears the upper half; r10 needs a prefix. */
  const move = (register: keyof typeof load, value: number) =>
    code.bytes(...(register === "r10" ? [0x41] : []), load[register], ...littleEndian(value));
  const systemCall = (number: number) => {
    move("rax", number);
    code.bytes(0x0f, 0x05);
  };
  // The signal set stands on the stack: push imm32; mov rbx, rsp.
  code.bytes(0x68, ...littleEndian(signalSet));
  code.bytes(0x48, 0x89, 0xe3);
  move("rdi", blockSignals);
  code.bytes(0x48, 0x89, 0xde); // mov rsi, rbx
  move("rdx", 0);
  move("r10", signalSetSize);
  systemCall(14); // rt_sigprocmask
  code.label("wait");
  code.bytes(0x48, 0x89, 0xdf); // mov rdi, rbx
  move("rsi", 0);
  move("rdx", 0);
  move("r10", signalSetSize);
  systemCall(128); // rt_sigtimedwait
  code.bytes(0x83, 0xf8, signalInterrupt); // cmp eax, imm8
  code.jump(0x74, "exit"); // je
  code.bytes(0x83, 0xf8, signalTerminate);
  code.jump(0x74, "exit");
  code.label("reap");
  code.bytes(0x48, 0xc7, 0xc7, 0xff, 0xff, 0xff, 0xff); // mov rdi, -1
  move("rsi", 0);
  move("rdx", doNotHang);
  move("r10", 0);
  systemCall(61); // wait4
  code.bytes(0x85, 0xc0); // test eax, eax
  code.jump(0x7f, "reap"); // jg
  code.jump(0xeb, "wait"); // jmp
  code.label("exit");
  move("rdi", 0);
  systemCall(231); // exit_group
  return code.assemble();
}

/** Source of numbers and encodings: Linux `include/uapi/asm-generic/unistd.h`; Arm ARM, chapter C6. */
function assembleArm64(): Uint8Array {
  const code = new CodeArm64();
  const stackPointer = 31;
  /** movz xN, #value */
  const move = (register: number, value: number) => code.word(0xd2800000 | (value << 5) | register);
  const moveStackPointer = (register: number) => code.word(0x91000000 | (stackPointer << 5) | register);
  const systemCall = (number: number) => {
    move(8, number);
    code.word(0xd4000001); // svc #0
  };
  const compare = (value: number) => code.word(0x7100001f | (value << 10)); // cmp w0, #value
  // The signal set stands on the stack: movz x9; movk x9, lsl 16; sub sp, sp, #16; str x9, [sp].
  move(9, signalSet & 0xffff);
  code.word(0xf2a00000 | ((signalSet >>> 16) << 5) | 9);
  code.word(0xd1000000 | (16 << 10) | (stackPointer << 5) | stackPointer);
  code.word(0xf9000000 | (stackPointer << 5) | 9);
  move(0, blockSignals);
  moveStackPointer(1);
  move(2, 0);
  move(3, signalSetSize);
  systemCall(135); // rt_sigprocmask
  code.label("wait");
  moveStackPointer(0);
  move(1, 0);
  move(2, 0);
  move(3, signalSetSize);
  systemCall(137); // rt_sigtimedwait
  compare(signalInterrupt);
  code.branchIf(0x0, "exit"); // eq
  compare(signalTerminate);
  code.branchIf(0x0, "exit");
  code.label("reap");
  code.word(0x92800000); // movn x0, #0: -1
  move(1, 0);
  move(2, doNotHang);
  move(3, 0);
  systemCall(260); // wait4
  compare(0);
  code.branchIf(0xc, "reap"); // gt
  code.branch("wait");
  code.label("exit");
  move(0, 0);
  systemCall(94); // exit_group
  return code.assemble();
}
