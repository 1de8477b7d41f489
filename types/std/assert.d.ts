// The npm build of the standard library ships no types: these are for the parts that the tests use.

// deno-lint-ignore no-explicit-any
type Constructor<T> = new (...args: any[]) => T;

export class AssertionError extends Error {}
export function assert(condition: unknown, message?: string): asserts condition;
export function assertEquals<T>(actual: T, expected: T, message?: string): void;
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void;
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
export function assertFalse(actual: unknown, message?: string): void;
export function assertGreater(actual: number | bigint, expected: number | bigint, message?: string): void;
export function assertGreaterOrEqual(
  actual: number | bigint,
  expected: number | bigint,
  message?: string,
): void;
export function assertLess(actual: number | bigint, expected: number | bigint, message?: string): void;
export function assertLessOrEqual(actual: number | bigint, expected: number | bigint, message?: string): void;
export function assertInstanceOf<T>(
  actual: unknown,
  expected: Constructor<T>,
  message?: string,
): asserts actual is T;
export function assertMatch(actual: string, expected: RegExp, message?: string): void;
export function assertNotMatch(actual: string, expected: RegExp, message?: string): void;
export function assertObjectMatch(actual: unknown, expected: object, message?: string): void;
export function assertStringIncludes(actual: string, expected: string, message?: string): void;
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, message?: string): void;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  error?: Constructor<E>,
  messageIncludes?: string,
): E;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  error?: Constructor<E>,
  messageIncludes?: string,
): Promise<E>;
export function fail(message?: string): never;
