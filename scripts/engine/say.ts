/** Tells the person at the terminal something; standard output belongs to the command that is run. */
export function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}
