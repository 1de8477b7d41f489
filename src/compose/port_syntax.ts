/** The short syntax of a service's ports: `[[address:]published:]target[/protocol]`. */

import { type Mapping, mappingOf } from "./tree.ts";

const protocols = new Set(["tcp", "udp", "sctp"]);

/**
 * Reads `[[address:]published:]target[/protocol]` into the long syntax, one entry for each port inside.
 *
 * Ranges on both sides are of one length, or a range is published for one port and the engine picks from it. An IPv6
 * address stands in brackets.
 *
 * @throws {RangeError} where the text is no such thing
 */
export function parseShortPort(text: string): Mapping[] {
  const quoted = JSON.stringify(text);
  const parts = text.split(":");
  const [inner = "", protocolText = ""] = splitOnce(parts.pop() ?? "", "/");
  const published = parts.pop() ?? "";
  const address = readAddress(parts.join(":"), text);
  if (inner === "") throw new RangeError(`${quoted} names no port inside the container`);
  const protocol = protocolText === "" ? "tcp" : protocolText.toLowerCase();
  if (!protocols.has(protocol)) {
    throw new RangeError(
      `${quoted} names the protocol ${JSON.stringify(protocolText)}: use tcp, udp or sctp`,
    );
  }
  const target = readRange(inner, `${quoted}: the port inside the container`);
  const host = published === "" ? undefined : readRange(published, `${quoted}: the published port`);
  const count = target.last - target.first + 1;
  if (target.first === 0) throw new RangeError(`${quoted}: port 0 cannot be reached inside a container`);
  if (host !== undefined && host.last - host.first + 1 !== count && count !== 1) {
    throw new RangeError(`${quoted}: ${published} and ${inner} are not equally many ports`);
  }
  const entries: Mapping[] = [];
  for (let index = 0; index < count; index++) {
    const entry = mappingOf({ mode: "ingress" });
    if (address !== "") entry.host_ip = address;
    entry.target = target.first + index;
    if (host !== undefined) {
      entry.published = count === 1 && host.first !== host.last
        ? `${host.first}-${host.last}`
        : String(host.first + index);
    }
    entry.protocol = protocol;
    entries.push(entry);
  }
  // Docker Compose sorts by text; the order shows in its output.
  return entries.sort((left, right) => compareText(`${left.target}`, `${right.target}`));
}

function readAddress(text: string, whole: string): string {
  if (text === "") return "";
  const bracketed = /^\[(.*)\]$/.exec(text)?.[1];
  if (bracketed !== undefined && isIpAddress(bracketed)) return bracketed;
  if (bracketed === undefined && !text.includes(":") && isIpAddress(text)) return text;
  const advice = isIpAddress(text) ? `: write [${text}] in brackets` : "";
  throw new RangeError(`${JSON.stringify(whole)} does not start with an IP address${advice}`);
}

function readRange(text: string, what: string): { first: number; last: number } {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = match?.[2] === undefined ? first : Number(match[2]);
  if (match === null || last > 65_535 || first > last) {
    throw new RangeError(
      `${what} must be 0 to 65535, or a range such as 8000-8010, not ${JSON.stringify(text)}`,
    );
  }
  return { first, last };
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, ""] : [text.slice(0, index), text.slice(index + separator.length)];
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Says whether a text is an IPv4 or IPv6 address. */
export function isIpAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups: string[] = [];
  for (const half of halves) if (half !== "") groups.push(...half.split(":"));
  const last = groups[groups.length - 1];
  let count = groups.length;
  if (last !== undefined && last.includes(".")) {
    if (!isIpv4(last)) return false;
    groups.pop();
    count++;
  }
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? count < 8 : count === 8;
}
