/** How an image would be built, with types: mesolet does not build, but prints what it read. */

import { decodeExtraHosts, decodeFileReference, decodeUlimit } from "./decode_service.ts";
import { defined, type FieldReader } from "./field_reader.ts";
import type { ComposeBuild } from "./model.ts";
import { isMapping, type Tree } from "./tree.ts";
import { textOf } from "./scalars.ts";

/** Gives a canonical build its types. */
export function decodeBuild(build: FieldReader): ComposeBuild {
  return defined({
    context: build.text("context"),
    dockerfile: build.text("dockerfile"),
    dockerfile_inline: build.text("dockerfile_inline"),
    entitlements: build.texts("entitlements"),
    args: build.nullableMap("args"),
    provenance: build.text("provenance"),
    sbom: build.text("sbom"),
    ssh: decodeSsh(build),
    labels: build.textMap("labels"),
    cache_from: build.texts("cache_from"),
    cache_to: build.texts("cache_to"),
    no_cache: build.truth("no_cache"),
    no_cache_filter: build.texts("no_cache_filter"),
    additional_contexts: build.textMap("additional_contexts"),
    pull: build.truth("pull"),
    extra_hosts: decodeExtraHosts(build),
    isolation: build.text("isolation"),
    network: build.text("network"),
    target: build.text("target"),
    secrets: build.objects("secrets", decodeFileReference),
    shm_size: build.bytes("shm_size"),
    tags: build.texts("tags"),
    ulimits: build.record("ulimits", decodeUlimit),
    platforms: build.texts("platforms"),
    privileged: build.truth("privileged"),
  });
}

function decodeSsh(build: FieldReader): string[] | undefined {
  const value = build.raw("ssh");
  if (!isMapping(value)) return undefined;
  const keys = Object.keys(value).sort().map((id) => {
    const path = textOf(value[id] as Tree);
    return path === "" ? id : `${id}: ${path}`;
  });
  return keys.length === 0 ? undefined : keys;
}
