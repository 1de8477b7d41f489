/** What the relay program has in common on all architectures. Source of the numbers: Linux `include/uapi`. */

/** EINVAL. */
export const invalidArgument = 22;
/** AF_INET. */
export const inet = 2;
/** AF_INET6. */
export const inet6 = 10;
/** Bytes of `struct sockaddr_in`. */
export const inetAddressSize = 16;
/** Bytes of `struct sockaddr_in6`. */
export const inet6AddressSize = 28;
/** SOCK_STREAM. */
export const streamSocket = 1;
/** 127.0.0.1 as it stands in memory, read as a little-endian number. */
export const loopback = 0x0100007f;
/** SHUT_WR. */
export const shutWrite = 1;
/** MSG_NOSIGNAL. */
export const noSignal = 0x4000;
/** POLLIN. */
export const pollIn = 1;
/** Bytes that are passed on at once. */
export const bufferSize = 65536;
/** `0`. */
export const digitZero = 0x30;
/** `6`. */
export const digitSix = 0x36;
