import type { ConversionSource, Report } from "./conversion.ts";

/** Warns of values that a text shows: those of variables, and of secrets where the target has them in it. */
export function noteValues(
  { project, pod }: ConversionSource,
  report: Report,
  { withSecrets }: { readonly withSecrets: boolean },
): void {
  const secret = withSecrets
    ? pod.containers.flatMap(({ files }) => files).find(({ kind }) => kind === "secret")?.source
    : undefined;
  if (secret !== undefined) {
    report.note(`secrets.${secret}`, "its content is in the text, as that of all secrets: keep it safe");
    return;
  }
  const name = Object.keys(project.services).sort().find((service) =>
    Object.values(project.services[service]?.environment ?? {}).some((value) =>
      value !== null && value !== ""
    )
  );
  if (name !== undefined) {
    report.note(`services.${name}.environment`, "its values are in the text, as those of all variables");
  }
}
