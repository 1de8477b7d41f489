import configuration from "../../deno.json" with { type: "json" };

/** The version of mesolet, as deno.json has it. */
export const programVersion: string = configuration.version;
