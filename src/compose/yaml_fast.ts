// The one import of `@std/yaml` in the program: its npm build has no types of its own.
// @ts-types="../../types/std/yaml.d.ts"
import { parseAll } from "@std/yaml";

export { parseAll };
