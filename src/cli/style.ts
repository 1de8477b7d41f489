/** Colours and weights of text for a terminal; without colours each gives the text back as it is. */
export interface Style {
  readonly coloured: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  /** A colour of the palette for names, by its number. */
  ofPalette(index: number, text: string): string;
}

/** Foreground colours that read well on dark and on light, and are neither red nor the terminal's own. */
const palette = ["36", "33", "32", "35", "34", "36;1", "33;1", "32;1", "35;1", "34;1"] as const;

/** How many colours {@linkcode Style.ofPalette} tells apart. */
export const paletteSize: number = palette.length;

/** The style for an output that shows colours, or does not. */
export function styleFor(coloured: boolean): Style {
  const paint = (code: string) => (text: string): string =>
    coloured && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    coloured,
    bold: paint("1"),
    dim: paint("2"),
    red: paint("31"),
    green: paint("32"),
    yellow: paint("33"),
    cyan: paint("36"),
    ofPalette: (index, text) => paint(palette[index % palette.length] ?? "0")(text),
  };
}

/** What decides about colours. */
export interface ColourChoice {
  /** `--ansi`. */
  readonly ansi: "auto" | "never" | "always";
  /** `--no-color` of a command. */
  readonly noColor?: boolean;
  readonly isTerminal: boolean;
  readonly variables: Readonly<Record<string, string>>;
}

/** Whether to use colours: `--no-color` and `--ansi` decide, then NO_COLOR and TERM, then what the output is. */
export function wantsColours(choice: ColourChoice): boolean {
  if (choice.noColor === true || choice.ansi === "never") return false;
  if (choice.ansi === "always") return true;
  if ((choice.variables["NO_COLOR"] ?? "") !== "") return false;
  return choice.isTerminal && choice.variables["TERM"] !== "dumb";
}
