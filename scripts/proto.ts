/**
 * `deno task proto`: compiles the messages of Mesos in `proto/` into `proto/descriptor.json`, and those of containerizer
 * programs into `proto/containerizer.json`, which the program reads at run time. Run it after a change of a `.proto`
 * file; a test fails when it was forgotten.
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

/** Those of `proto/containerizer.json`. */
export const containerizerProtoFiles = ["mesos/containerizer/containerizer.proto"];

/**
 * Compiles proto texts, with members named as they are written.
 *
 * @returns the text of `proto/descriptor.json`, or of another one
 * @throws {Error} with file and line, when a text is wrong.
 */
export function compileDescriptor(files: readonly string[] = protoFiles): string {
  const compiled = new protobuf.Root();
  compiled.resolvePath = (_origin, target) => target.startsWith("/") ? target : protoDirectory + target;
  compiled.loadSync([...files], { keepCase: true });
  return JSON.stringify(compiled.resolveAll().toJSON(), undefined, 1) + "\n";
}

if (import.meta.main) {
  await Deno.writeTextFile(`${protoDirectory}descriptor.json`, compileDescriptor());
  await Deno.writeTextFile(
    `${protoDirectory}containerizer.json`,
    compileDescriptor(containerizerProtoFiles),
  );
}
