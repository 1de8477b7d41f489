/**
 * The JSON that frameworks put into `TaskInfo.data` for executors of their own: Marathon its whole app definition, and
 * Marathon's first releases `container.image` and `container.options`. Nothing of it is relied on: a member of another
 * form is as good as absent.
 */

import type { ProblemList } from "../../compose/problem_list.ts";
import { networkNamed, sandboxInContainer } from "./docker_container.ts";
import { parametersOfWords, type RunParameter } from "./docker_parameters.ts";
import type { ImageRun, RunMount, RunPort } from "./image_run.ts";
import { plainImage, runOfWords, wordsOfLine } from "./image_words.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The container that such an object asks for: that of its image, else that of its command when it has an image in
 * front; undefined where it has neither.
 */
export function runOfApp(app: Fields, problems: ProblemList): ImageRun | undefined {
  const container = fieldsOf(app["container"]);
  const docker = fieldsOf(container["docker"]);
  const named = textOf(docker["image"]) ?? textOf(container["image"]);
  const command = textOf(app["cmd"])?.trim() ?? "";
  const list = textsOf(app["args"]);
  const environment = environmentOf(app["env"], problems);
  if (named === undefined || named.trim() === "") {
    const run = runOfWords(command === "" ? list : wordsOfLine(command));
    return run === undefined ? undefined : { ...run, environment };
  }
  const image = plainImage(named.trim());
  if (image === undefined) {
    problems.error("TaskInfo.data", `container: ${JSON.stringify(named)} is not the name of an image`);
    return undefined;
  }
  const isOldForm = container["image"] !== undefined;
  const ports = [
    ...portsOf(docker["portMappings"], "container.docker.portMappings", problems),
    ...portsOf(container["portMappings"], "container.portMappings", problems),
  ];
  return {
    image,
    ...(command !== ""
      ? { entrypoint: ["/bin/sh"], command: ["-c", command] }
      : list.length > 0
      ? { command: list }
      : {}),
    network: networkOf(app, docker, isOldForm || ports.length > 0, problems),
    ports,
    publishOffered: isOldForm && ports.length === 0,
    privileged: docker["privileged"] === true,
    pullAlways: docker["forcePullImage"] === true,
    environment,
    mounts: listOf(container["volumes"]).flatMap(mountOf),
    parameters: [
      ...optionsOf(container["options"], problems),
      ...listOf(docker["parameters"]).flatMap(parameterOf),
    ],
  };
}

function networkOf(
  app: Fields,
  docker: Fields,
  publishes: boolean,
  problems: ProblemList,
): string {
  const [first] = listOf(app["networks"]);
  const network = fieldsOf(first);
  const name = textOf(network["name"]) ?? textOf(fieldsOf(app["ipAddress"])["networkName"]);
  const missing = () =>
    problems.error("TaskInfo.data", "a network of type USER needs the name of one that exists");
  const mode = textOf(docker["network"])?.toUpperCase();
  if (mode !== undefined) return networkNamed(mode, name, missing);
  switch (textOf(network["mode"])?.toLowerCase()) {
    case "host":
      return "host";
    case "container":
      return networkNamed("USER", name, missing);
    case "container/bridge":
      return "pod";
    default:
      // Marathon means the host's network where nothing is said; its first releases published ports.
      return publishes ? "pod" : "host";
  }
}

function portsOf(value: unknown, path: string, problems: ProblemList): RunPort[] {
  return listOf(value).flatMap((item, index) => {
    const port = fieldsOf(item);
    const published = port["hostPort"];
    // Port 0 of the container is the same as that of the host.
    const target = port["containerPort"] || published;
    const name = textOf(port["name"]);
    if (typeof target !== "number" || target < 1) {
      problems.warning(
        `TaskInfo.data: ${path}[${index}]`,
        "has no effect: which port the container listens on is not known; set the label mesolet.ports",
      );
      return [];
    }
    return (textOf(port["protocol"]) ?? "tcp").toLowerCase().split(",").map((protocol) => ({
      target,
      ...(typeof published === "number" && published > 0 ? { published } : {}),
      protocol: protocol.trim(),
      ...(name === undefined ? {} : { name }),
    }));
  });
}

function mountOf(value: unknown): RunMount[] {
  const volume = fieldsOf(value);
  // Those are among the resources of the task, and come with the sandbox.
  if (volume["persistent"] !== undefined) return [];
  const path = textOf(volume["containerPath"]);
  if (path === undefined || path === "") return [];
  const target = path.startsWith("/") ? path : `${sandboxInContainer}/${path}`;
  const common = { target, readOnly: textOf(volume["mode"])?.toUpperCase() === "RO" };
  const source = textOf(volume["hostPath"]);
  if (source !== undefined && source !== "") return [{ ...common, kind: "bind", source }];
  const external = fieldsOf(volume["external"]);
  const name = textOf(external["name"]);
  const driver = textOf(fieldsOf(external["options"])["dvdi/driver"]);
  if (name === undefined) return [{ ...common, kind: "volume" }];
  return [{ ...common, kind: "volume", name, ...(driver === undefined ? {} : { driver }) }];
}

function parameterOf(value: unknown): RunParameter[] {
  const { key, value: text } = fieldsOf(value);
  return typeof key === "string" ? [{ key, value: textOf(text) ?? "" }] : [];
}

function optionsOf(value: unknown, problems: ProblemList): RunParameter[] {
  try {
    return parametersOfWords(textsOf(value));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.error("TaskInfo.data", `container.options: ${error.message}`);
    return [];
  }
}

function environmentOf(value: unknown, problems: ProblemList): Record<string, string> {
  const entries = Object.entries(fieldsOf(value));
  return Object.fromEntries(
    entries.flatMap(([name, text]) => {
      if (typeof text === "string") return [[name, text]];
      problems.warning("TaskInfo.data: env", `${JSON.stringify(name)} is left out: its value is no text`);
      return [];
    }),
  );
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function textsOf(value: unknown): string[] {
  return listOf(value).flatMap((item) => typeof item === "string" ? [item] : []);
}
