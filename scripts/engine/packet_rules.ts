/**
 * What a private engine needs of iptables. The engine itself is started with `--iptables=false`: its own chains have
 * fixed names, and a second engine beside it would empty them. Published ports go through the engine's proxy; these
 * rules let containers talk to each other and to the outside, also where another engine made FORWARD drop.
 */
export function packetRules(
  range: string,
): { readonly table: "filter" | "nat"; readonly rule: readonly string[] }[] {
  return [
    { table: "filter", rule: ["FORWARD", "-s", range, "-j", "ACCEPT"] },
    { table: "filter", rule: ["FORWARD", "-d", range, "-j", "ACCEPT"] },
    { table: "nat", rule: ["POSTROUTING", "-s", range, "!", "-d", range, "-j", "MASQUERADE"] },
  ];
}
