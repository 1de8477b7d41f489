/** The assertions of `@std/assert`, with types; tests import them from here alone. */
// @ts-types="../../types/std/assert.d.ts"
export * from "@std/assert";
