import { isObject, listOf, numberOf, objectOf, textOf } from "../docker/json.ts";
import { lockPathOf, lockPlace } from "../operator/operator_lock.ts";
import type { EngineFacts } from "../plan/observed.ts";
import { formatProblem } from "../pod/errors.ts";
import type { CommandContext } from "./context.ts";

/** So long an operator may take to tell what it knows, in milliseconds: whoever looks at pods must not wait for it. */
const answerBound = 1_000;

/**
 * What the operators of this host's engine find wrong with specs: asked of each that tells over HTTP. One that does not
 * answer says nothing, and is no problem.
 *
 * @param request.engine as {@linkcode lockPathOf} wants it
 * @param request.pod only of this one; absent: of all
 */
export async function operatorProblems(
  request: { readonly engine: string; readonly pod: string | undefined },
  context: Pick<CommandContext, "clock" | "variables">,
): Promise<readonly string[]> {
  const place = lockPlace(context.variables, Deno.uid());
  const addresses = [...new Set(namesIn(place).flatMap((name) => addressIn(place, name, request.engine)))];
  const answers = await Promise.all(addresses.map((address) => problemsAt(address, context)));
  const found = answers.flat().filter(({ pod }) =>
    request.pod === undefined || pod === undefined || pod === request.pod
  );
  return found.map(({ text }) => text);
}

function namesIn(place: string): string[] {
  try {
    return [...Deno.readDirSync(place)].map(({ name }) => name).filter((name) => name.endsWith(".lock"))
      .sort();
  } catch {
    // No operator has ever run here.
    return [];
  }
}

function addressIn(place: string, name: string, engine: string): string[] {
  try {
    const [, directory = "", address = ""] = Deno.readTextFileSync(`${place}/${name}`).split("\n");
    return address !== "" && lockPathOf(place, engine, directory) === `${place}/${name}` ? [address] : [];
  } catch {
    // It has just ended.
    return [];
  }
}

async function problemsAt(
  address: string,
  { clock }: Pick<CommandContext, "clock">,
): Promise<readonly { readonly pod: string | undefined; readonly text: string }[]> {
  const over = new AbortController();
  const limit = clock.sleep(answerBound, over.signal).then(() => over.abort(), () => {});
  try {
    const body: unknown = address.startsWith("unix:")
      ? await askSocket(address.slice("unix:".length), over.signal)
      : await (await fetch(new URL("v1/pods", address), { signal: over.signal })).json();
    return isObject(body) ? listOf(body["problems"]).map((entry) => problemOf(objectOf(entry))) : [];
  } catch {
    return [];
  } finally {
    over.abort();
    await limit;
  }
}

/** Deno's own fetch names the host in the request's path, as to a proxy, when it is to use a socket. */
async function askSocket(path: string, signal: AbortSignal): Promise<unknown> {
  const { get } = await import("node:http");
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = get({ socketPath: path, path: "/v1/pods", agent: false, signal }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (piece: string) => text += piece);
    answer.on("end", () => resolve(text)).on("error", reject);
  });
  request.on("error", reject);
  return JSON.parse(await promise);
}

function problemOf(
  entry: { readonly [key: string]: unknown },
): { readonly pod: string | undefined; readonly text: string } {
  const position = objectOf(entry["position"]);
  const [line, column] = [numberOf(position["line"]), numberOf(position["column"])];
  const text = formatProblem({
    severity: entry["severity"] === "warning" ? "warning" : "error",
    message: textOf(entry["message"]),
    path: textOf(entry["path"]),
    position: {
      file: textOf(position["file"]) || textOf(entry["file"]),
      ...(line > 0 ? { line } : {}),
      ...(column > 0 ? { column } : {}),
    },
  });
  const kept = entry["keptVersion"] === true ? " (the last good version goes on)" : "";
  return { pod: textOf(entry["pod"]) || undefined, text: text + kept };
}

/** What tells this engine from others in the locks of operators. */
export function engineKey(
  facts: Pick<EngineFacts, "id">,
  globals: { readonly host: string | undefined },
  variables: Readonly<Record<string, string>>,
): string {
  return facts.id ?? globals.host ?? variables["DOCKER_HOST"] ?? "";
}
