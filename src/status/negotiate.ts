/**
 * The type that an `Accept` header prefers (RFC 9110, 12.5.1); undefined where it takes none of them. Without a header,
 * and where two are as welcome, it is the first that is offered, unless the header names the other one first by name.
 *
 * @param offered media types, the usual one first
 */
export function preferredType<Type extends string>(
  accept: string | undefined,
  offered: readonly Type[],
): Type | undefined {
  if (accept === undefined || accept.trim() === "") return offered[0];
  const ranges = accept.split(",").map(readRange);
  let best: { readonly type: Type; readonly rank: readonly [number, number, number] } | undefined;
  for (const type of offered) {
    const [major = ""] = type.split("/");
    const specifity = [type, `${major}/*`, "*/*"];
    const matching = ranges
      .map(({ name, quality }, place) => ({ level: specifity.indexOf(name), quality, place }))
      .filter(({ level }) => level >= 0)
      .sort((one, other) => one.level - other.level);
    const [match] = matching;
    if (match === undefined || match.quality <= 0) continue;
    const rank = [match.quality, -match.level, -match.place] as const;
    if (best === undefined || isAbove(rank, best.rank)) best = { type, rank };
  }
  return best?.type;
}

function readRange(text: string): { readonly name: string; readonly quality: number } {
  const [name = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const given = parameters.find((each) => each.startsWith("q="))?.slice("q=".length);
  const quality = given === undefined ? 1 : Number(given);
  return { name, quality: Number.isFinite(quality) ? quality : 0 };
}

function isAbove(one: readonly number[], other: readonly number[]): boolean {
  const difference = one.map((value, index) => value - (other[index] ?? 0)).find((each) => each !== 0);
  return difference !== undefined && difference > 0;
}
