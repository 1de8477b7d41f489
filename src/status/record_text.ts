/** Characters of a text: an engine, or a program that wrote an error, may say any amount. */
const longestText = 4_096;

/** A text of others, no longer than is told. */
export function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1)}…`;
}

/** RFC 3339 in UTC. */
export function timeText(time: number): string {
  return new Date(time).toISOString();
}

export function optionalTime(time: number | undefined): string | undefined {
  return time === undefined ? undefined : timeText(time);
}
