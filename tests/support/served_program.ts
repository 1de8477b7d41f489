import { createHash } from "node:crypto";
import { programWords } from "../cli/program.ts";

/** Serves the program as an operator would: a script here, which starts the sources. */
export function servedProgram(): AsyncDisposable & { readonly uri: string } {
  const words = programWords.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const text = `#!/bin/sh\nexec ${words} "$@"\n`;
  const checksum = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(text),
  );
  return {
    uri: `http://127.0.0.1:${server.addr.port}/mesolet-1.2.3-${checksum}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** What an executor that a strict agent starts needs to run from source, with this engine. */
export function executorVariables(host: string): Record<string, string> {
  return {
    DOCKER_HOST: host,
    DENO_NO_UPDATE_CHECK: "1",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
  };
}
