/**
 * Recordings and field tables of a real Mesos. They are no part of this repository: they are looked for beside it, or
 * where `MESOLET_MESOS` says. What the repository needs of them to test itself it has in its own words in
 * `tests/mesos/fixtures`; tests of the material itself exist only where it is.
 */
export const mesosMaterial: string | undefined = find(
  Deno.env.get("MESOLET_MESOS") ?? new URL("../../../../shared/mesos", import.meta.url).pathname,
);

function find(directory: string): string | undefined {
  try {
    return Deno.statSync(`${directory}/recordings`).isDirectory ? directory : undefined;
  } catch {
    return undefined;
  }
}
