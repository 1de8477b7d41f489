/**
 * Splits a stream of JSON values, one a line, as engines write events and progress. A value may be split across
 * chunks anywhere, also inside a character.
 *
 * @throws {SyntaxError} for a line that is no JSON
 */
export async function* readJsonLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.trim() !== "") yield JSON.parse(line);
    }
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield JSON.parse(rest);
}
