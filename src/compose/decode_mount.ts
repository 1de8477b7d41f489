/** A mount of a service, with types. */

import { defined, type FieldReader } from "./field_reader.ts";
import type { ComposeMount, ComposeMountType } from "./model.ts";

/** Gives a canonical mount its types. */
export function decodeMount(mount: FieldReader): ComposeMount {
  return {
    type: (mount.text("type") ?? "volume") as ComposeMountType,
    target: mount.text("target") ?? "",
    ...defined({
      source: mount.text("source"),
      read_only: mount.truth("read_only"),
      consistency: mount.text("consistency"),
      bind: mount.object("bind", (bind) =>
        defined({
          propagation: bind.text("propagation"),
          create_host_path: bind.flag("create_host_path") === false ? false as const : undefined,
          recursive: bind.text("recursive"),
          selinux: bind.text("selinux"),
        })),
      volume: mount.object("volume", (volume) =>
        defined({
          labels: volume.textMap("labels"),
          nocopy: volume.truth("nocopy"),
          subpath: volume.text("subpath"),
        })),
      tmpfs: mount.object(
        "tmpfs",
        (tmpfs) => defined({ size: tmpfs.bytes("size"), mode: nonZero(tmpfs.modeNumber("mode")) }),
      ),
      image: mount.object("image", (image) => defined({ subpath: image.text("subpath") })),
    }),
  };
}

function nonZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}
