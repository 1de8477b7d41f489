import { TimeBounds } from "../../src/docker/time_bounds.ts";
import { registryUser } from "./debian_registry.ts";
import type { TestEngine } from "./engine.ts";

/**
 * Makes an image of busybox that differs by a label, pushes it under a reference, and removes it from the engine.
 *
 * @returns the digest that the registry gave it
 */
export async function pushImage(
  { connection }: Pick<TestEngine, "connection">,
  reference: string,
  version: string,
): Promise<string> {
  const colon = reference.lastIndexOf(":");
  const [repository, tag] = [reference.slice(0, colon), reference.slice(colon + 1)];
  const call = `push ${reference}`;
  const container = await connection.request({
    method: "POST",
    path: "/containers/create",
    body: { Image: "busybox", Cmd: ["true"], Labels: { version } },
    call,
    bound: TimeBounds.create,
  });
  const { Id: id } = container.body as { readonly Id: string };
  const changes = `LABEL version=${version}`;
  await connection.request({
    method: "POST",
    path: "/commit",
    query: { container: id, repo: repository, tag, changes },
    body: {},
    call,
    bound: TimeBounds.create,
  });
  const remove = { method: "DELETE", query: { force: true }, call, bound: TimeBounds.remove } as const;
  await connection.request({ ...remove, path: `/containers/${id}` });
  const auth = JSON.stringify({ ...registryUser, serveraddress: repository });
  const told: string[] = [];
  const chunks = await connection.stream({
    method: "POST",
    path: `/images/${repository}/push`,
    query: { tag },
    headers: { "X-Registry-Auth": btoa(auth) },
    call,
    bound: TimeBounds.pullSilence,
    signal: new AbortController().signal,
  });
  const decoder = new TextDecoder();
  for await (const chunk of chunks) told.push(decoder.decode(chunk));
  await connection.request({ ...remove, path: `/images/${reference}` });
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(told.join(""))?.[1];
  if (digest === undefined) throw new Error(`Cannot ${call}: ${told.join("")}`);
  return digest;
}

/** Removes all images of a repository. */
export async function removeImages(
  { connection }: Pick<TestEngine, "connection">,
  repository: string,
): Promise<void> {
  const call = `remove images of ${repository}`;
  const { body } = await connection.request({
    method: "GET",
    path: "/images/json",
    query: { filters: JSON.stringify({ reference: [repository] }) },
    call,
    bound: TimeBounds.read,
  });
  const images = body as readonly { readonly RepoTags?: string[]; readonly RepoDigests?: string[] }[];
  // By name: an id would take other names of the same image along.
  for (const { RepoTags: tags, RepoDigests: digests } of images) {
    for (const name of [...tags ?? [], ...digests ?? []].filter((each) => each.startsWith(repository))) {
      await connection.request({
        method: "DELETE",
        path: `/images/${name}`,
        call,
        bound: TimeBounds.remove,
        accept: [404, 409],
      });
    }
  }
}
