/** `Framework cannot be found`, `Executor cannot be found`: the agent's words for whom it does not know. */
export function isUnknownToAgent(text: string): boolean {
  return text.includes("cannot be found");
}

/** An answer of the agent for people: `400 Framework cannot be found`. */
export function answerInWords(answer: { readonly status: number; readonly text: string }): string {
  const status = String(answer.status);
  const line = answer.text.trim().split("\n", 1)[0]?.slice(0, 200) ?? "";
  if (line === "") return status;
  return line.startsWith(status) ? line : `${status} ${line}`;
}
