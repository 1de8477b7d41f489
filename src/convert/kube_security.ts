import type { Container } from "../pod/model.ts";
import { present } from "../pod/present.ts";
import type { Report } from "./conversion.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The `securityContext` of a container. */
export function securityContextOf(
  { security, user }: Container,
  path: string,
  report: Report,
): Fields | undefined {
  const { privileged, readOnlyRoot, capabilitiesAdded, capabilitiesDropped } = security;
  const add = capabilitiesAdded.map(withoutPrefix);
  const drop = capabilitiesDropped.map(withoutPrefix);
  const context: Fields = {
    ...(privileged ? { privileged: true } : {}),
    ...(readOnlyRoot ? { readOnlyRootFilesystem: true } : {}),
    ...(add.length + drop.length === 0 ? {} : {
      capabilities: { ...(add.length === 0 ? {} : { add }), ...(drop.length === 0 ? {} : { drop }) },
    }),
    ...userOf(user, `${path}.user`, report),
    ...Object.assign({}, ...security.options.map((option) => optionOf(option, path, report))),
    ...(security.unconfinedSystemPaths ? { procMount: "Unmasked" } : {}),
  };
  return Object.keys(context).length === 0 ? undefined : context;
}

/** Kubernetes writes capabilities without `CAP_`. */
function withoutPrefix(capability: string): string {
  return capability.replace(/^CAP_/i, "").toUpperCase();
}

function userOf(text: string | undefined, path: string, report: Report): Fields {
  if (text === undefined || text === "") return {};
  const [user = "", group] = text.split(":").map((part) => part === "root" ? "0" : part);
  const number = (part: string | undefined) =>
    part !== undefined && /^\d+$/.test(part) ? Number(part) : undefined;
  if (number(user) === undefined || (group !== undefined && number(group) === undefined)) {
    report.lost(path, `${text}: Kubernetes takes users and groups by number alone`);
  }
  return present({ runAsUser: number(user), runAsGroup: number(group) });
}

function optionOf(option: string, path: string, report: Report): Fields {
  const [, name = option, value = ""] = /^([a-z-]+)[=:](.*)$/s.exec(option) ?? [];
  switch (name) {
    case "no-new-privileges":
      return value === "false" ? {} : { allowPrivilegeEscalation: false };
    case "seccomp":
      if (value === "unconfined") return { seccompProfile: { type: "Unconfined" } };
      if (value === "builtin") return { seccompProfile: { type: "RuntimeDefault" } };
      break;
    case "apparmor":
      return value === "unconfined"
        ? { appArmorProfile: { type: "Unconfined" } }
        : { appArmorProfile: { type: "Localhost", localhostProfile: value } };
  }
  report.lost(`${path}.security_opt`, `${name}: Kubernetes has nothing like it, or takes it from the node`);
  return {};
}
