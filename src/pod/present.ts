/** The members of `Members` that may be undefined, as members that may be missing. */
export type Present<Members> =
  & { [Key in keyof Members as undefined extends Members[Key] ? never : Key]: Members[Key] }
  & {
    [Key in keyof Members as undefined extends Members[Key] ? Key : never]?: Exclude<Members[Key], undefined>;
  };

/**
 * The members that are present: those that are undefined are left out. The model has optional members that are
 * missing when they say nothing (`exactOptionalPropertyTypes`), and this is how they are written in one go.
 */
export function present<const Members extends Record<string, unknown>>(members: Members): Present<Members> {
  // A loop, as it is called for every field of every spec.
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(members)) {
    const value = members[name];
    if (value !== undefined) found[name] = value;
  }
  return found as Present<Members>;
}
