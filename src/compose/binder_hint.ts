/** What to say of an error of YAML: a binder without quotes is read as a mapping in a mapping. Empty where there is none. */
export function binderHint(text: string, offset: number): string {
  const begin = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(begin, end < 0 ? text.length : end);
  return /(^|[\s,:[{])\{\{\s*docker\./.test(line) ? "; put quotes around {{docker.image[NAME][TAG]}}" : "";
}
