import type { Connection } from "../../src/docker/connection.ts";
import { isObject, textOf } from "../../src/docker/json.ts";
import { readJsonLines } from "../../src/docker/json_lines.ts";
import { busyboxImage, importBusybox } from "./busybox_image.ts";

/** Milliseconds for a pull of two megabytes; a host without a network says so much sooner. */
const pullBound = 60_000;

/** Sees to it that an engine has the `busybox` image: the one that is there, a pulled one, else Debian's. */
export async function ensureBusybox(connection: Connection): Promise<void> {
  const { status } = await connection.request({
    method: "GET",
    path: `/images/${busyboxImage}/json`,
    call: "look for the busybox image",
    bound: 30_000,
    accept: [404],
  });
  if (status !== 404) return;
  if (!await isPulled(connection)) await importBusybox(connection);
}

async function isPulled(connection: Connection): Promise<boolean> {
  try {
    const chunks = await connection.stream({
      method: "POST",
      path: "/images/create",
      query: { fromImage: "docker.io/library/busybox", tag: "latest" },
      call: "pull the busybox image",
      bound: pullBound,
      signal: AbortSignal.timeout(pullBound),
    });
    for await (const line of readJsonLines(chunks)) {
      if (isObject(line) && textOf(line.error) !== "") return false;
    }
    return true;
  } catch {
    return false;
  }
}
