/** `10 s`, `2 min 40 s`: a pause as a person says it. Milliseconds in. */
export function inWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? "" : ` ${rest} s`}`;
}

/** `1st`, `2nd`, `3rd`, `11th`. */
export function ordinal(number: number): string {
  const lastTwo = number % 100;
  if (lastTwo >= 11 && lastTwo <= 13) return `${number}th`;
  return `${number}${["th", "st", "nd", "rd"][number % 10] ?? "th"}`;
}

/** `exited with code 137 (out of memory)`. */
export function exitInWords(exitCode: number, outOfMemory: boolean): string {
  return `exited with code ${exitCode}${outOfMemory ? " (out of memory)" : ""}`;
}
