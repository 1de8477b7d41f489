/** Decodes base64 text to UTF-8 text, ignoring blanks, as the YAML tag `!!binary` wants. */
export function decodeBase64(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/\s+/g, "")), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return text;
  }
}
