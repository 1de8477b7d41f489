/**
 * `deno task proto`: compiles the messages of Mesos in `proto/` into `proto/descriptor.json`, which the program reads at
 * run time. Run it after a change of a `.proto` file; a test fails when it was forgotten.
 */
import protobuf from "protobufjs";
import { root } from "./bundle.ts";

/** The directory of the proto texts, with a slash at its end. */
export const protoDirectory = `${root}proto/`;

/** The proto texts, in the order in which they depend on each other. */
export const protoFiles = [
  "mesos/v1/mesos.proto",
  "mesos/v1/executor/executor.proto",
  "mesos/v1/scheduler/scheduler.proto",
];

/**
 * Compiles the proto texts, with members named as they are written.
 *
 * @returns the text of `proto/descriptor.json`
 * @throws {Error} with file and line, when a text is wrong.
 */
export function compileDescriptor(): string {
  const compiled = new protobuf.Root();
  compiled.resolvePath = (_origin, target) => target.startsWith("/") ? target : protoDirectory + target;
  compiled.loadSync(protoFiles, { keepCase: true });
  return JSON.stringify(compiled.resolveAll().toJSON(), undefined, 1) + "\n";
}

if (import.meta.main) await Deno.writeTextFile(`${protoDirectory}descriptor.json`, compileDescriptor());
