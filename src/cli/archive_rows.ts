import { formatPlatform, idsOf } from "../images/archived_image.ts";
import type { BundleArchive } from "../images/bundle.ts";
import { formatBytes } from "./human.ts";
import { withoutControls } from "./text_width.ts";
import { renderTable } from "./text_table.ts";

/** What is told of an archive. */
export interface ArchiveReport {
  readonly archive: BundleArchive;
  /** What became of it: `ok`, `loaded`, `present`, … Absent: it was only looked into. */
  readonly outcome?: string;
  /** Why it is bad. */
  readonly problem?: string;
}

/** An archive for programs. */
export function archiveJson({ archive: { path, content }, outcome, problem }: ArchiveReport): object {
  const images = "images" in content ? content.images : [];
  return {
    archive: path,
    ...(problem === undefined ? {} : { problem }),
    ...(outcome === undefined ? {} : { outcome }),
    ...("packing" in content ? { packing: content.packing } : {}),
    ...("size" in content ? { size: content.size, form: content.form } : {}),
    images: images.map((image) => ({
      names: image.references,
      ids: idsOf(image),
      platforms: image.variants.map(({ platform }) => formatPlatform(platform)),
    })),
  };
}

interface Row {
  readonly archive: string;
  readonly image: string;
  readonly id: string;
  readonly platform: string;
  readonly size: string;
}

/** Lines of a table of what is in archives; those that are bad are not in it. */
export function archiveTable(reports: readonly ArchiveReport[], width?: number): string[] {
  const rows = reports.flatMap(({ archive: { title, content } }): Row[] => {
    if (!("images" in content)) return [];
    return content.images.flatMap((image) =>
      (image.references.length === 0 ? ["<none>"] : image.references).map((name) => ({
        archive: withoutControls(title),
        image: withoutControls(name),
        id: (image.variants[0]?.id ?? "").slice("sha256:".length, "sha256:".length + 12),
        platform: withoutControls(image.variants.map(({ platform }) => formatPlatform(platform)).join(",")),
        size: formatBytes(content.size),
      }))
    );
  });
  return renderTable<Row>(
    [
      { title: "ARCHIVE", text: ({ archive }) => archive, shrinksTo: 12 },
      { title: "IMAGE", text: ({ image }) => image, shrinksTo: 16 },
      { title: "ID", text: ({ id }) => id },
      { title: "PLATFORM", text: ({ platform }) => platform },
      { title: "ARCHIVE SIZE", text: ({ size }) => size },
    ],
    rows,
    width,
  );
}
