/**
 * Splits a command line into words as Docker Compose splits `command: text`: blanks separate, quotes and backslashes
 * join, `$NAME` means nothing; text between backquotes, or in `$(…)`, stays one piece and is not run.
 *
 * The line ends silently at an unquoted `;`, `&`, `|`, `<` or `>`, and a `#` at the start of a word starts a comment:
 * that is what Docker Compose does, and files rely on it. A backslash outside single quotes keeps the next character
 * and goes itself; `\t` and `\n` are a tab and a line feed.
 *
 * @throws {RangeError} where a quote is not closed, a parenthesis stands alone or the line ends in a backslash
 */
export function splitShellWords(line: string): string[] {
  const words: string[] = [];
  let word = "";
  // A word may be empty and still be one: ''.
  let started = false;
  let quote: "" | '"' | "'" | "`" | ")" = "";
  let escaped = false;
  for (const character of line) {
    if (escaped) {
      word += character === "t" ? "\t" : character === "n" ? "\n" : character;
      started = true;
      escaped = false;
    } else if (character === "\\" && quote !== "'") {
      escaped = true;
    } else if (quote === '"' || quote === "'") {
      if (character === quote) quote = "";
      else word += character;
    } else if (quote !== "") {
      if (character === "(" && quote === ")") throw invalid(line, "a ( inside $( ) stands alone");
      if (character === quote) quote = "";
      word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      started = true;
    } else if (" \t\r\n".includes(character)) {
      if (started) words.push(word);
      word = "";
      started = false;
    } else if (";&|<>".includes(character)) {
      // `2>file`: the number names a file descriptor and is no word of the command.
      if (character === ">" && /^\d+$/.test(word)) started = false;
      break;
    } else if (character === "#" && !started) {
      break;
    } else if (character === ")" || (character === "(" && !word.endsWith("$"))) {
      throw invalid(line, `a ${character} stands alone: quote it`);
    } else {
      if (character === "(") quote = ")";
      else if (character === "`") quote = "`";
      word += character;
      started = true;
    }
  }
  if (quote !== "") throw invalid(line, `a closing ${quote} is missing`);
  if (escaped) throw invalid(line, "nothing follows the last backslash");
  if (started) words.push(word);
  return words;
}

function invalid(line: string, reason: string): RangeError {
  return new RangeError(`${JSON.stringify(line)} is not a command line: ${reason}`);
}
