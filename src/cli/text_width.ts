// deno-lint-ignore no-control-regex -- colours are control sequences: they take no room on the terminal
const colours = /\x1b\[[0-9;]*m/g;

// `@std/cli` has a width of text too, but its npm build lacks the table that it reads.

/** Marks that are drawn over the character before, joiners, and characters that only steer. */
const withoutWidth = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;

/** Characters that East Asian Width calls wide, and pictures that terminals draw over two columns. */
const twoColumns =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Emoji_Presentation}\u2e80-\u303e\u3200-\u33ff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]$/u;

function characterWidth(character: string): number {
  if (character < "\x7f") return 1;
  if (withoutWidth.test(character)) return 0;
  return twoColumns.test(character) ? 2 : 1;
}

/** The columns that a text takes on a terminal: wide characters take two, colours none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(colours, "")) width += characterWidth(character);
  return width;
}

/** Fills a text with blanks up to a width. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

/** Cuts a text without colours to a width, with an ellipsis at its end where something was cut. */
export function shortenTo(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return width === 1 ? "…" : "";
  let cut = "";
  let used = 0;
  for (const character of text) {
    const needed = characterWidth(character);
    if (used + needed > width - 1) break;
    cut += character;
    used += needed;
  }
  return `${cut}…`;
}

/** Breaks a text into lines of at most a width, between words; a word that is longer stands alone. */
export function wrapTo(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && textWidth(line) + 1 + textWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/** Control characters that a name or a message of the engine may hold would move the cursor: they become `?`. */
export function withoutControls(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "?");
}
