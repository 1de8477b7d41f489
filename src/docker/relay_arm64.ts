import { CodeArm64 } from "./machine_code.ts";
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
 * The relay program for arm64. x19: the words, x20: port, x21: socket, x22: the two `pollfd`, x23: buffer, x24: what is to be written, x25: size of
 * that, x26 and x27: address and its size.
 *
 * Source of numbers: Linux `include/uapi/asm-generic/unistd.h`.
 */
export function relayArm64(): Uint8Array {
  const code = new CodeArm64();
  const stackPointer = 31;
  const zero = 31;
  const equal = 0x0, notEqual = 0x1, lower = 0x3, negative = 0x4, higher = 0x8, lessOrEqual = 0xd;
  const move = (register: number, value: number, half = 0) =>
    code.word(0xd2800000 | (half << 21) | (value << 5) | register); // movz
  const moveRegister = (to: number, from: number) => code.word(0xaa0003e0 | (from << 16) | to);
  const moveStackPointer = (register: number) => code.word(0x91000000 | (stackPointer << 5) | register);
  const allocate = (bytes: number) =>
    code.word(0xd1000000 | (bytes << 10) | (stackPointer << 5) | stackPointer); // sub sp, sp, #bytes
  const load = (register: number, base: number, offset: number) =>
    code.word(0xf9400000 | ((offset / 8) << 10) | (base << 5) | register); // ldr x
  const store = (register: number, offset: number) =>
    code.word(0xf9000000 | ((offset / 8) << 10) | (stackPointer << 5) | register); // str x, [sp, #offset]
  const or = (to: number, from: number) => code.word(0xaa000000 | (from << 16) | (to << 5) | to);
  const compare = (register: number, value: number) =>
    code.word(0xf100001f | (value << 10) | (register << 5));
  const systemCall = (number: number) => {
    move(8, number);
    code.word(0xd4000001); // svc #0
  };
  const takeWritten = () => {
    code.word(0x8b000000 | (0 << 16) | (24 << 5) | 24); // add x24, x24, x0
    code.word(0xeb000000 | (0 << 16) | (25 << 5) | 25); // subs x25, x25, x0
  };

  moveStackPointer(19);
  load(9, 19, 0);
  compare(9, 4);
  code.branchIf(lower, "usage");
  load(1, 19, 16);
  code.call("number");
  moveRegister(20, 0);
  load(1, 19, 32);
  code.call("number");
  compare(0, 0);
  code.branchIf(equal, "usage");
  // struct itimerval: interval {0, 0}, value {seconds, 0}.
  allocate(32);
  store(zero, 0);
  store(zero, 8);
  store(0, 16);
  store(zero, 24);
  move(0, 0);
  moveStackPointer(1);
  move(2, 0);
  systemCall(103); // setitimer
  compare(0, 0);
  code.branchIf(negative, "fail");
  // The port, its higher byte first, stands in bytes 2 and 3 of both kinds of address.
  code.word(0x5ac00400 | (20 << 5) | 9); // rev16 w9, w20
  code.word(0xd3400000 | (48 << 16) | (15 << 10) | (9 << 5) | 9); // ubfiz x9, x9, #16, #16
  allocate(32);
  store(zero, 8);
  store(zero, 16);
  store(zero, 24);
  load(10, 19, 24);
  code.word(0x39400000 | (10 << 5) | 10); // ldrb w10, [x10]
  compare(10, digitSix);
  code.branchIf(equal, "version 6");
  move(10, inet);
  or(9, 10);
  move(10, loopback & 0xffff, 2);
  or(9, 10);
  move(10, loopback >>> 16, 3);
  or(9, 10);
  move(27, inetAddressSize);
  move(0, inet);
  code.branch("socket");
  code.label("version 6");
  move(10, inet6);
  or(9, 10);
  move(10, 0x0100, 3);
  store(10, 16); // the second half of ::1
  move(27, inet6AddressSize);
  move(0, inet6);
  code.label("socket");
  store(9, 0);
  moveStackPointer(26);
  move(1, streamSocket);
  move(2, 0);
  systemCall(198); // socket
  compare(0, 0);
  code.branchIf(negative, "fail");
  moveRegister(21, 0);
  moveRegister(1, 26);
  moveRegister(2, 27);
  systemCall(203); // connect
  compare(0, 0);
  code.branchIf(negative, "fail");
  load(9, 19, 0);
  compare(9, 4);
  code.branchIf(higher, "done");
  // Two struct pollfd: {0, POLLIN, 0}, {socket, POLLIN, 0}.
  allocate(16);
  move(9, pollIn, 2);
  store(9, 0);
  or(9, 21);
  store(9, 8);
  moveStackPointer(22);
  code.word(0xd1400000 | ((bufferSize >> 12) << 10) | (stackPointer << 5) | stackPointer); // sub sp, sp, #size
  moveStackPointer(23);
  code.label("loop");
  moveRegister(0, 22);
  move(1, 2);
  move(2, 0);
  move(3, 0);
  move(4, 0);
  systemCall(73); // ppoll
  compare(0, 0);
  code.branchIf(negative, "fail");
  code.word(0x79400000 | ((6 / 2) << 10) | (22 << 5) | 9); // ldrh w9, [x22, #6]
  compare(9, 0);
  code.branchIf(equal, "from socket");
  move(0, 0);
  moveRegister(1, 23);
  move(2, 1, 1); // 65536
  systemCall(63); // read
  compare(0, 0);
  code.branchIf(lessOrEqual, "input ended");
  moveRegister(24, 23);
  moveRegister(25, 0);
  code.label("send");
  moveRegister(0, 21);
  moveRegister(1, 24);
  moveRegister(2, 25);
  move(3, noSignal);
  move(4, 0);
  move(5, 0);
  systemCall(206); // sendto
  compare(0, 0);
  code.branchIf(lessOrEqual, "input ended");
  takeWritten();
  code.branchIf(notEqual, "send");
  code.branch("from socket");
  code.label("input ended");
  code.word(0x92800000 | 9); // movn x9, #0: -1
  code.word(0xb9000000 | (22 << 5) | 9); // str w9, [x22]: poll leaves it out
  moveRegister(0, 21);
  move(1, shutWrite);
  systemCall(210); // shutdown
  code.label("from socket");
  code.word(0x79400000 | ((14 / 2) << 10) | (22 << 5) | 9); // ldrh w9, [x22, #14]
  compare(9, 0);
  code.branchIf(equal, "loop");
  moveRegister(0, 21);
  moveRegister(1, 23);
  move(2, 1, 1);
  systemCall(63); // read
  compare(0, 0);
  code.branchIf(negative, "fail");
  code.branchIf(equal, "done");
  moveRegister(24, 23);
  moveRegister(25, 0);
  code.label("write");
  move(0, 1);
  moveRegister(1, 24);
  moveRegister(2, 25);
  systemCall(64); // write
  compare(0, 0);
  code.branchIf(negative, "fail");
  takeWritten();
  code.branchIf(notEqual, "write");
  code.branch("loop");
  // The decimal number at x1, in x0.
  code.label("number");
  move(0, 0);
  move(10, 10);
  code.label("digit");
  code.word(0x38401400 | (1 << 5) | 9); // ldrb w9, [x1], #1
  compare(9, 0);
  code.branchIf(equal, "number ended");
  code.word(0x51000000 | (digitZero << 10) | (9 << 5) | 9); // sub w9, w9, #'0'
  compare(9, 9);
  code.branchIf(higher, "usage");
  code.word(0x1b000000 | (10 << 16) | (9 << 10) | (0 << 5) | 0); // madd w0, w0, w10, w9
  code.branch("digit");
  code.label("number ended");
  code.word(0xd65f03c0); // ret
  code.label("done");
  move(0, 0);
  code.branch("exit");
  code.label("usage");
  code.word(0x92800000 | ((invalidArgument - 1) << 5)); // movn x0: -22
  code.label("fail");
  code.word(0xcb0003e0); // neg x0, x0
  code.label("exit");
  systemCall(94); // exit_group
  return code.assemble();
}
