/** A canonical tree becomes a project with types: everything but the services' files. */

import { decodeService } from "./decode_service.ts";
import { defined, emptyRecord, FieldReader, plainOf } from "./field_reader.ts";
import type { Lookup } from "./interpolation.ts";
import type {
  ComposeFileObject,
  ComposeIpam,
  ComposeModel,
  ComposeNetwork,
  ComposeService,
  ComposeVolume,
  Extensions,
} from "./model.ts";
import type { ProblemCollector } from "./problems.ts";
import type { Mapping, Tree } from "./tree.ts";

/** The parts of a project that a tree holds. */
export interface DecodedProject {
  services: Record<string, ComposeService>;
  networks: Record<string, ComposeNetwork>;
  volumes: Record<string, ComposeVolume>;
  configs: Record<string, ComposeFileObject>;
  secrets: Record<string, ComposeFileObject>;
  models: Record<string, ComposeModel>;
  extensions: Extensions;
}

/** Gives a canonical tree its types; what cannot be read is noted. */
export function decodeProject(tree: Mapping, lookup: Lookup, problems: ProblemCollector): DecodedProject {
  const root = new FieldReader(tree, [], problems);
  const fileObject = (object: FieldReader) => decodeFileObject(object, lookup);
  const extensions = emptyRecord<unknown>();
  for (const key in tree) if (key.startsWith("x-")) extensions[key] = plainOf(tree[key] as Tree);
  return {
    services: root.record("services", decodeService) ?? emptyRecord(),
    networks: root.record("networks", decodeNetwork) ?? emptyRecord(),
    volumes: root.record("volumes", decodeVolume) ?? emptyRecord(),
    configs: root.record("configs", fileObject) ?? emptyRecord(),
    secrets: root.record("secrets", fileObject) ?? emptyRecord(),
    models: root.record("models", decodeModel) ?? emptyRecord(),
    extensions,
  };
}

function decodeNetwork(network: FieldReader): ComposeNetwork {
  return {
    name: network.text("name") ?? "",
    ipam: network.object("ipam", decodeIpam) ?? {},
    ...defined({
      driver: network.text("driver"),
      driver_opts: network.textMap("driver_opts"),
      external: network.truth("external"),
      internal: network.truth("internal"),
      attachable: network.truth("attachable"),
      labels: network.textMap("labels"),
      enable_ipv4: network.flag("enable_ipv4"),
      enable_ipv6: network.flag("enable_ipv6"),
    }),
    ...extensionsOf(network),
  };
}

function decodeIpam(ipam: FieldReader): ComposeIpam {
  return defined({
    driver: ipam.text("driver"),
    config: ipam.objects("config", (pool) =>
      defined({
        subnet: pool.text("subnet"),
        gateway: pool.text("gateway"),
        ip_range: pool.text("ip_range"),
        aux_addresses: pool.textMap("aux_addresses"),
      })),
    options: ipam.textMap("options"),
  });
}

function decodeVolume(volume: FieldReader): ComposeVolume {
  return {
    name: volume.text("name") ?? "",
    ...defined({
      driver: volume.text("driver"),
      driver_opts: volume.textMap("driver_opts"),
      external: volume.truth("external"),
      labels: volume.textMap("labels"),
    }),
    ...extensionsOf(volume),
  };
}

function decodeFileObject(object: FieldReader, lookup: Lookup): ComposeFileObject {
  const environment = object.text("environment");
  return {
    name: object.text("name") ?? "",
    ...defined({
      file: object.text("file"),
      environment,
      content: object.text("content"),
      external: object.truth("external"),
      labels: object.textMap("labels"),
      driver: object.text("driver"),
      driver_opts: object.textMap("driver_opts"),
      template_driver: object.text("template_driver"),
      environmentValue: environment === undefined ? undefined : lookup(environment),
    }),
    ...extensionsOf(object),
  };
}

function decodeModel(model: FieldReader): ComposeModel {
  return {
    model: model.text("model") ?? "",
    ...defined({
      name: model.text("name"),
      context_size: model.count("context_size"),
      runtime_flags: model.texts("runtime_flags"),
    }),
    ...extensionsOf(model),
  };
}

function extensionsOf(reader: FieldReader): { extensions?: Extensions } {
  const extensions = reader.extensions();
  return Object.keys(extensions).length === 0 ? {} : { extensions };
}
