import { resolve } from "node:path/posix";
import { findImages, type ImagePlace } from "../compose/image_places.ts";
import { type ImagePin, type ImageVerdict, judgeImage, pinText } from "../compose/pin_text.ts";
import { ExitCode, MesoletError, messageOf, type Problem, SpecError } from "../pod/errors.ts";
import { type DigestSource, registriesFor } from "../registry/digest_source.ts";
import type { Commands } from "./commands.ts";
import type { Invocation } from "./context.ts";
import { problemLine } from "./error_report.ts";
import { replaceFile } from "./replace_file.ts";

type PinInvocation = Invocation<Commands["pin"]["flags"]>;

interface SpecText {
  readonly file: string;
  /** As it was given. */
  readonly name: string;
  readonly text: string;
  readonly places: readonly (ImagePlace & { readonly verdict: ImageVerdict })[];
}

/** `mesolet pin`: writes digests into Compose files, or checks that they are there. */
export async function run(invocation: PinInvocation): Promise<number> {
  const { values, positionals, context } = invocation;
  const specs = await Promise.all(positionals.map((name) => readSpec(name, context.workingDirectory)));
  const refused = specs.flatMap((spec) =>
    problemsOf(
      spec,
      (place) =>
        place.verdict.kind === "refused" && !(place.verdict.isVariable && values.skipVariables)
          ? place.verdict.why
          : undefined,
    )
  );
  if (refused.length > 0) throw new SpecError(refused);
  const signal = context.interrupts.graceful;
  const registry = registriesFor({ environment: context.variables, clock: context.clock });
  if (values.check) return await check(specs, registry, invocation);
  const pins = await Promise.all(
    specs.map((spec) => pinsOf(spec, { update: values.update, platform: values.platform }, registry, signal)),
  );
  for (const [index, spec] of specs.entries()) {
    const of = pins[index] ?? [];
    if (of.length > 0) await replaceFile(spec.file, spec.text, pinText(spec.text, of));
    if (invocation.globals.quiet) continue;
    for (const { place, digest } of of) {
      context.out.write(`${spec.name}:${place.line}: ${place.path}: ${place.image} is ${digest}\n`);
    }
    if (of.length === 0) context.out.write(`${spec.name}: nothing to pin\n`);
  }
  return ExitCode.ok;
}

/** Whether all is pinned; with `--update` also, whether the tags are where they were. */
async function check(
  specs: readonly SpecText[],
  registry: DigestSource,
  { values, globals, context }: PinInvocation,
): Promise<number> {
  const signal = context.interrupts.graceful;
  const problems: Problem[] = [];
  for (const spec of specs) {
    problems.push(
      ...problemsOf(
        spec,
        ({ verdict, image }) =>
          verdict.kind === "unpinned" ? `${image} has no digest: mesolet pin writes it` : undefined,
      ),
    );
    if (!values.update) continue;
    const moved = await pinsOf(spec, { update: true, platform: values.platform }, registry, signal);
    for (const { place, digest } of moved.filter(({ place }) => place.image.includes("@"))) {
      const message = `the tag of ${place.image} is ${digest} now: mesolet pin --update moves it`;
      problems.push(problemAt(spec, place, message));
    }
  }
  if (!globals.quiet) {
    for (const problem of problems) context.error.write(`${problemLine(problem, context.errorStyle)}\n`);
  }
  return problems.length === 0 ? ExitCode.ok : ExitCode.failed;
}

/** What is to be written into a text; every image is asked for once. */
async function pinsOf(
  { places }: SpecText,
  { update, platform }: { readonly update: boolean; readonly platform: string | undefined },
  registry: DigestSource,
  signal: AbortSignal,
): Promise<ImagePin[]> {
  const pins = await Promise.all(places.map(async (place): Promise<ImagePin[]> => {
    const { verdict } = place;
    const ask = verdict.kind === "unpinned" || (verdict.kind === "pinned" && update)
      ? verdict.ask
      : undefined;
    if (ask === undefined) return [];
    const digest = await registry.digestOf(ask, signal, platform);
    return verdict.kind === "pinned" && verdict.digest === digest ? [] : [{ place, digest }];
  }));
  return pins.flat();
}

async function readSpec(name: string, directory: string): Promise<SpecText> {
  const file = resolve(directory, name);
  let text: string;
  try {
    // What is no UTF-8 could not be written back, and a mark at the beginning has to be.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await Deno.readFile(file));
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(cause);
    throw new MesoletError(`Cannot read ${name}: ${why}`, ExitCode.noInput, { cause });
  }
  const places = findImages(text, name).map((place) => ({ ...place, verdict: judgeImage(place) }));
  return { file, name, text, places };
}

function problemsOf(
  spec: SpecText,
  why: (place: SpecText["places"][number]) => string | undefined,
): Problem[] {
  return spec.places.flatMap((place) => {
    const message = why(place);
    return message === undefined ? [] : [problemAt(spec, place, message)];
  });
}

function problemAt({ name: file }: SpecText, { path, line, column }: ImagePlace, message: string): Problem {
  return { severity: "error", path, message, position: { file, line, column } };
}
