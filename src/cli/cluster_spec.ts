import { readSmallFile } from "../compose/deno_files.ts";
import { loadCompose } from "../compose/load.ts";
import { located } from "../compose/located.ts";
import type { ComposeProject } from "../compose/model.ts";
import { podErrors, podOf } from "../compose/pod.ts";
import { relativeMountsOutside } from "../compose/relative_mounts.ts";
import type { ComposeRequest, ComposeResult } from "../compose/request.ts";
import { type TravellingSpec, travellingSpec } from "../compose/travelling_spec.ts";
import { projectDirectoryOf } from "../compose/project_setup.ts";
import { type Problem, SpecError } from "../pod/errors.ts";
import type { Pod } from "../pod/model.ts";
import type { Policies } from "../policy/policies.ts";

/** A spec as a cluster is to run it. */
export interface ClusterSpec {
  readonly compose: ComposeResult;
  readonly pod: Pod;
  /** Of the loader and of the pod, without places. */
  readonly warnings: readonly Problem[];
  readonly offeredPorts: readonly string[];
  readonly travelling: TravellingSpec;
}

/**
 * Loads a spec for a cluster. What it may do there is for the policies of the agents; which files it may be made of, for
 * those of this host.
 *
 * @param network over the file's `x-pod.network`
 * @throws {SpecError} with every problem and its place
 */
export async function loadForCluster(
  request: ComposeRequest,
  { network, policies }: { readonly network: string | undefined; readonly policies: Policies },
): Promise<ClusterSpec> {
  const spec = policies.all.length === 0 ? undefined : projectDirectoryOf(request);
  const place = {
    names: spec === undefined ? {} : { spec },
    followLinks: (path: string) => request.access.followLinks(path),
  };
  const access = policies.confine({ ...request.access, readBytes: readSmallFile }, place);
  const readFile = (path: string) => access.readBytes(path);
  const podRequest = (project: ComposeProject) => ({
    project,
    readFile,
    forCluster: true,
    ...(network === undefined ? {} : { network }),
  });
  const asked = { ...request, access };
  const compose = await loadCompose({
    ...asked,
    furtherErrors: (project) => podErrors(podRequest(project)),
  });
  const { pod, warnings, offeredPorts } = await located(compose, () => podOf(podRequest(compose.project)));
  const refusals = policies.judgeForCluster(pod, place);
  if (refusals.length > 0) throw new SpecError(await compose.locate(refusals));
  const travelling = travellingSpec(compose.project, {
    readFile,
    hasUris: (pod.cluster?.uris ?? []).length > 0,
    outside: await relativeMountsOutside(compose.project, asked),
  });
  return { compose, pod, warnings: [...compose.warnings, ...warnings], offeredPorts, travelling };
}
