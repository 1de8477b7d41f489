/** The program: one command line, from its words to its exit code. */

import { exitOnDefects, processEdges } from "./cli/process.ts";
import { runCommandLine } from "./cli/run.ts";

const edges = processEdges();
exitOnDefects(edges);
// What is still open (a stream that an engine does not close, a read of the terminal) must not keep the process.
runCommandLine(Deno.args, edges).then((code) => Deno.exit(code));
