/** Where a JSON text ends or breaks. */
export type JsonScan =
  /** The first value ends before `end`. */
  | { readonly ok: true; readonly end: number }
  /** No value; the parser of Mesos stopped before `at`. */
  | { readonly ok: false; readonly at: number };

/** Finds the end of the first JSON value in a text, as the parser of Mesos (which reads one value and stops) does. */
export function scanJson(text: string): JsonScan {
  let at = 0;
  const blanks = () => {
    while (" \t\n\r".includes(text[at] ?? "x")) at++;
  };
  /** Steps over a word as far as it is there. */
  const word = (expected: string) => {
    for (const letter of expected) {
      if (text[at] !== letter) return false;
      at++;
    }
    return true;
  };
  const string = () => {
    if (!word('"')) return false;
    while (at < text.length) {
      const letter = text[at++];
      if (letter === '"') return true;
      if (letter === "\\") at++;
      else if (letter !== undefined && letter < " ") return false;
    }
    return false;
  };
  const list = (close: string, element: () => boolean) => {
    at++;
    blanks();
    if (word(close)) return true;
    do {
      if (!element()) return false;
      blanks();
    } while (word(","));
    return word(close);
  };
  const value = (): boolean => {
    blanks();
    switch (text[at]) {
      case "{":
        return list("}", () => {
          blanks();
          if (!string()) return false;
          blanks();
          return word(":") && value();
        });
      case "[":
        return list("]", value);
      case '"':
        return string();
      case "t":
        return word("true");
      case "f":
        return word("false");
      case "n":
        return word("null");
    }
    const number = /^-?\d[\d.eE+-]*/.exec(text.slice(at))?.[0] ?? "";
    if (!Number.isFinite(Number(number)) || number === "") return false;
    at += number.length;
    return true;
  };
  return value() ? { ok: true, end: at } : { ok: false, at };
}

/** The rest of the line at a place, which is what Mesos quotes of a text that it cannot read. */
export function restOfLine(text: string, at: number): string {
  return text.slice(at).split("\n")[0] ?? "";
}
