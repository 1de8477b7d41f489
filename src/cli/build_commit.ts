/** Put in front of the bundle by `deno task build`. */
declare const mesoletCommit: string | undefined;

/** The commit that the program was built from; undefined when it runs from source. */
export const buildCommit: string | undefined = typeof mesoletCommit === "string" ? mesoletCommit : undefined;
