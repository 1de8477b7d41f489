import { CodeAmd64, littleEndian } from "./machine_code.ts";
import {
  bufferSize,
  digitSix,
  digitZero,
  inet,
  inet6,
  inet6AddressSize,
  inetAddressSize,
  invalidArgument,
  loopback,
  noSignal,
  pollIn,
  shutWrite,
  streamSocket,
} from "./relay_numbers.ts";

/**
 * The relay program for x86-64. r12: the words (argc, then argv), r13: port, later address, later what is to be written, r14: size of that, r15:
 * socket, rbx: the two `pollfd`, rbp: buffer.
 *
 * Source of numbers: Linux `arch/x86/entry/syscalls/syscall_64.tbl`.
 */
export function relayAmd64(): Uint8Array {
  const code = new CodeAmd64();
  const load = {
    rdi: 0xbf,
    rsi: 0xbe,
    rdx: 0xba,
    rax: 0xb8,
    rcx: 0xb9,
    r8: 0xb8,
    r9: 0xb9,
    r10: 0xba,
    r14: 0xbe,
  };
  /** `mov r32, imm32`, which clears the upper half; r8 and above need a prefix. */
  const move = (register: keyof typeof load, value: number) =>
    code.bytes(...(/^r\d/.test(register) ? [0x41] : []), load[register], ...littleEndian(value));
  const systemCall = (number: number) => {
    move("rax", number);
    code.bytes(0x0f, 0x05);
  };
  const testResult = () => code.bytes(0x48, 0x85, 0xc0); // test rax, rax
  const ifNegative = (label: string) => code.jumpFar([0x0f, 0x88], label);
  const ifZero = (label: string) => code.jumpFar([0x0f, 0x84], label);
  const ifNotZero = (label: string) => code.jumpFar([0x0f, 0x85], label);
  const ifNotPositive = (label: string) => code.jumpFar([0x0f, 0x8e], label);
  const ifBelow = (label: string) => code.jumpFar([0x0f, 0x82], label);
  const ifAbove = (label: string) => code.jumpFar([0x0f, 0x87], label);
  const go = (label: string) => code.jumpFar([0xe9], label);
  const call = (label: string) => code.jumpFar([0xe8], label);
  const socketAsFirst = () => code.bytes(0x44, 0x89, 0xff); // mov edi, r15d
  const takeWritten = () => {
    code.bytes(0x49, 0x01, 0xc5); // add r13, rax
    code.bytes(0x41, 0x29, 0xc6); // sub r14d, eax
  };

  code.bytes(0x49, 0x89, 0xe4); // mov r12, rsp
  code.bytes(0x49, 0x83, 0x3c, 0x24, 4); // cmp qword [r12], 4
  ifBelow("usage");
  code.bytes(0x49, 0x8b, 0x74, 0x24, 16); // mov rsi, [r12+16]
  call("number");
  code.bytes(0x41, 0x89, 0xc5); // mov r13d, eax
  code.bytes(0x49, 0x8b, 0x74, 0x24, 32); // mov rsi, [r12+32]
  call("number");
  testResult();
  ifZero("usage");
  // struct itimerval, from its end: value {seconds, 0}, interval {0, 0}.
  code.bytes(0x6a, 0, 0x50, 0x6a, 0, 0x6a, 0); // push 0; push rax; push 0; push 0
  move("rdi", 0);
  code.bytes(0x48, 0x89, 0xe6); // mov rsi, rsp
  move("rdx", 0);
  systemCall(38); // setitimer
  testResult();
  ifNegative("fail");
  // The port, its higher byte first, stands in bytes 2 and 3 of both kinds of address.
  code.bytes(0x44, 0x89, 0xe8); // mov eax, r13d
  code.bytes(0x66, 0xc1, 0xc0, 8); // rol ax, 8
  code.bytes(0xc1, 0xe0, 16); // shl eax, 16
  code.bytes(0x49, 0x8b, 0x5c, 0x24, 24); // mov rbx, [r12+24]
  code.bytes(0x80, 0x3b, digitSix); // cmp byte [rbx], '6'
  ifZero("version 6");
  code.bytes(0x83, 0xc8, inet); // or eax, imm8
  move("rcx", loopback);
  code.bytes(0x48, 0xc1, 0xe1, 32); // shl rcx, 32
  code.bytes(0x48, 0x09, 0xc8); // or rax, rcx
  code.bytes(0x6a, 0, 0x50); // push 0; push rax
  move("r14", inetAddressSize);
  move("rdi", inet);
  go("socket");
  code.label("version 6");
  code.bytes(0x83, 0xc8, inet6);
  code.bytes(0x48, 0xb9, 0, 0, 0, 0, 0, 0, 0, 1); // mov rcx: the second half of ::1
  code.bytes(0x6a, 0, 0x51, 0x6a, 0, 0x50); // push 0; push rcx; push 0; push rax
  move("r14", inet6AddressSize);
  move("rdi", inet6);
  code.label("socket");
  code.bytes(0x49, 0x89, 0xe5); // mov r13, rsp
  move("rsi", streamSocket);
  move("rdx", 0);
  systemCall(41); // socket
  testResult();
  ifNegative("fail");
  code.bytes(0x41, 0x89, 0xc7); // mov r15d, eax
  socketAsFirst();
  code.bytes(0x4c, 0x89, 0xee); // mov rsi, r13
  code.bytes(0x44, 0x89, 0xf2); // mov edx, r14d
  systemCall(42); // connect
  testResult();
  ifNegative("fail");
  code.bytes(0x49, 0x83, 0x3c, 0x24, 4); // cmp qword [r12], 4
  ifAbove("done");
  // Two struct pollfd: {0, POLLIN, 0}, {socket, POLLIN, 0}.
  code.bytes(0x44, 0x89, 0xf8); // mov eax, r15d
  move("rcx", pollIn);
  code.bytes(0x48, 0xc1, 0xe1, 32); // shl rcx, 32
  code.bytes(0x48, 0x09, 0xc8); // or rax, rcx
  code.bytes(0x50, 0x51); // push rax; push rcx
  code.bytes(0x48, 0x89, 0xe3); // mov rbx, rsp
  code.bytes(0x48, 0x81, 0xec, ...littleEndian(bufferSize)); // sub rsp, imm32
  code.bytes(0x48, 0x89, 0xe5); // mov rbp, rsp
  code.label("loop");
  code.bytes(0x48, 0x89, 0xdf); // mov rdi, rbx
  move("rsi", 2);
  code.bytes(0x48, 0xc7, 0xc2, 0xff, 0xff, 0xff, 0xff); // mov rdx, -1
  systemCall(7); // poll
  testResult();
  ifNegative("fail");
  code.bytes(0x66, 0x83, 0x7b, 6, 0); // cmp word [rbx+6], 0
  ifZero("from socket");
  move("rdi", 0);
  code.bytes(0x48, 0x89, 0xee); // mov rsi, rbp
  move("rdx", bufferSize);
  systemCall(0); // read
  testResult();
  ifNotPositive("input ended");
  code.bytes(0x49, 0x89, 0xed); // mov r13, rbp
  code.bytes(0x41, 0x89, 0xc6); // mov r14d, eax
  code.label("send");
  socketAsFirst();
  code.bytes(0x4c, 0x89, 0xee); // mov rsi, r13
  code.bytes(0x44, 0x89, 0xf2); // mov edx, r14d
  move("r10", noSignal);
  move("r8", 0);
  move("r9", 0);
  systemCall(44); // sendto
  testResult();
  ifNotPositive("input ended");
  takeWritten();
  ifNotZero("send");
  go("from socket");
  code.label("input ended");
  code.bytes(0xc7, 0x03, 0xff, 0xff, 0xff, 0xff); // mov dword [rbx], -1: poll leaves it out
  socketAsFirst();
  move("rsi", shutWrite);
  systemCall(48); // shutdown
  code.label("from socket");
  code.bytes(0x66, 0x83, 0x7b, 14, 0); // cmp word [rbx+14], 0
  ifZero("loop");
  socketAsFirst();
  code.bytes(0x48, 0x89, 0xee); // mov rsi, rbp
  move("rdx", bufferSize);
  systemCall(0); // read
  testResult();
  ifNegative("fail");
  ifZero("done");
  code.bytes(0x49, 0x89, 0xed); // mov r13, rbp
  code.bytes(0x41, 0x89, 0xc6); // mov r14d, eax
  code.label("write");
  move("rdi", 1);
  code.bytes(0x4c, 0x89, 0xee); // mov rsi, r13
  code.bytes(0x44, 0x89, 0xf2); // mov edx, r14d
  systemCall(1); // write
  testResult();
  ifNegative("fail");
  takeWritten();
  ifNotZero("write");
  go("loop");
  // The decimal number at rsi, in eax.
  code.label("number");
  code.bytes(0x31, 0xc0); // xor eax, eax
  code.label("digit");
  code.bytes(0x0f, 0xb6, 0x0e); // movzx ecx, byte [rsi]
  code.bytes(0x85, 0xc9); // test ecx, ecx
  ifZero("number ended");
  code.bytes(0x83, 0xe9, digitZero); // sub ecx, imm8
  code.bytes(0x83, 0xf9, 9); // cmp ecx, imm8
  ifAbove("usage");
  code.bytes(0x6b, 0xc0, 10); // imul eax, eax, 10
  code.bytes(0x01, 0xc8); // add eax, ecx
  code.bytes(0x48, 0xff, 0xc6); // inc rsi
  go("digit");
  code.label("number ended");
  code.bytes(0xc3); // ret
  code.label("done");
  move("rdi", 0);
  go("exit");
  code.label("usage");
  move("rax", -invalidArgument);
  code.label("fail");
  code.bytes(0x89, 0xc7, 0xf7, 0xdf); // mov edi, eax; neg edi
  code.label("exit");
  systemCall(231); // exit_group
  return code.assemble();
}
