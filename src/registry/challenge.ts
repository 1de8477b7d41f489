/** What a registry wants to be shown, by its `WWW-Authenticate`. */
export type Challenge =
  | { readonly scheme: "basic" }
  | {
    readonly scheme: "bearer";
    /** Where tokens are given out. */
    readonly realm: string;
    readonly service?: string;
    readonly scope?: string;
  };

/**
 * Reads the header: several challenges may stand in one, and the values are tokens or quoted texts, in which commas and
 * equal signs are nothing special. Of several, Bearer goes before Basic. Schemes that are not known are passed over.
 *
 * Source: RFC 9110, 11.6.1; the distribution project's token authentication specification.
 */
export function readChallenge(header: string | undefined): Challenge | undefined {
  const challenges = challengesIn(header ?? "");
  const bearer = challenges.find(({ scheme, parameters }) => scheme === "bearer" && parameters.has("realm"));
  if (bearer !== undefined) {
    const [realm, service, scope] = ["realm", "service", "scope"].map((name) => bearer.parameters.get(name));
    return {
      scheme: "bearer",
      realm: realm ?? "",
      ...(service === undefined ? {} : { service }),
      ...(scope === undefined ? {} : { scope }),
    };
  }
  return challenges.some(({ scheme }) => scheme === "basic") ? { scheme: "basic" } : undefined;
}

interface RawChallenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

const word = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** A parameter, or the beginning of a challenge. */
const pieces = new RegExp(
  `\\s*(?:,\\s*)?(?:(${word})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${word}))|(${word})(?=\\s|,|$))`,
  "y",
);

function challengesIn(header: string): RawChallenge[] {
  const found: RawChallenge[] = [];
  for (let at = 0; at < header.length;) {
    pieces.lastIndex = at;
    const match = pieces.exec(header);
    if (match === null) break;
    at = pieces.lastIndex;
    const [, name, quoted, plain, scheme] = match;
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    else if (name !== undefined) {
      found.at(-1)?.parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "");
    }
  }
  return found;
}
