/** The program: one command line, from its words to its exit code. */

import { executorLine } from "./cli/executor_line.ts";
import { exitOnDefects, processEdges } from "./cli/process.ts";
import { runCommandLine } from "./cli/run.ts";

const edges = processEdges();
exitOnDefects(edges);
const underAgent = executorLine(Deno.args, edges.variables);
for (const flag of underAgent?.ignored ?? []) {
  edges.error.write(`warning: ${flag} means nothing here: ignored\n`);
}
// What is still open (a stream that an engine does not close, a read of the terminal) must not keep the process.
runCommandLine(underAgent?.words ?? Deno.args, edges).then((code) => Deno.exit(code));
