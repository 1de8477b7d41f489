import { lockPathOf, lockPlace } from "../operator/operator_lock.ts";
import type { EngineFacts } from "../plan/observed.ts";
import { formatProblem } from "../pod/errors.ts";
import type { ProblemRecord } from "../status/pod_record.ts";
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
    const { openOperator } = await import("./operator_client.ts");
    const { problems } = await openOperator(address, { clock }).board(over.signal);
    return problems.map(problemOf);
  } catch {
    return [];
  } finally {
    over.abort();
    await limit;
  }
}

function problemOf(
  { pod, path, position, severity, message, file, keptVersion }: ProblemRecord,
): { readonly pod: string | undefined; readonly text: string } {
  const text = formatProblem({
    severity: severity === "warning" ? "warning" : "error",
    message,
    path,
    position: position === undefined || position.file === "" ? { file } : position,
  });
  return { pod, text: text + (keptVersion ? " (the last good version goes on)" : "") };
}

/** What tells this engine from others in the locks of operators. */
export function engineKey(
  facts: Pick<EngineFacts, "id">,
  globals: { readonly host: string | undefined },
  variables: Readonly<Record<string, string>>,
): string {
  return facts.id ?? globals.host ?? variables["DOCKER_HOST"] ?? "";
}
