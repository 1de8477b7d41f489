/**
 * Who asks, as HTTP Basic has it behind the word `Basic` (RFC 7617).
 *
 * @returns what has to be kept out of everything that is told, as the secret itself has to be
 */
export function basicCredential(
  { principal, secret }: { readonly principal: string; readonly secret: string },
): string {
  return new TextEncoder().encode(`${principal}:${secret}`).toBase64();
}
