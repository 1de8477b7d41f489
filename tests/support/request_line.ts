/**
 * `METHOD /path` of the request that a text begins with, in both forms of its target: a path alone, or an address with
 * a host in front (RFC 9112, section 3.2). Undefined for what begins no request of the Engine API.
 */
export function requestLine(text: string): string | undefined {
  const [, method, path] = /^(GET|HEAD|POST|PUT|DELETE) (?:http:\/\/[^/\s]*)?(\/\S*) HTTP\//.exec(text) ?? [];
  return method === undefined ? undefined : `${method} ${path}`;
}
