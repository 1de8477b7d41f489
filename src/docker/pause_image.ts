import { ExitCode, MesoletError } from "../pod/errors.ts";
import { pauseProgram } from "./pause_program.ts";
import { relayProgram } from "./relay_program.ts";
import { writeTar } from "../images/tar.ts";

/**
 * The pause image as an archive that an engine loads (the form of `docker save`). The same bytes every time, so that
 * the image has the same id on every engine of an architecture.
 *
 * @param image the name to load it under
 * @param architecture of the engine, which need not be ours
 * @throws {MesoletError} exit code 69, for an architecture that there is no program for
 */
export async function pauseImageArchive(
  image: string,
  architecture: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (architecture !== "amd64" && architecture !== "arm64") {
    throw new MesoletError(
      `Cannot make the pause image for ${architecture}: it exists for amd64 and arm64. ` +
        "Use x-pod.network: services, which needs none",
      ExitCode.unavailable,
    );
  }
  const program = (name: string, content: Uint8Array) => ({
    name,
    kind: "file" as const,
    mode: 0o755,
    uid: 0,
    gid: 0,
    content,
  });
  const layer = writeTar([
    program("pause", pauseProgram(architecture)),
    program("relay", relayProgram(architecture)),
  ]);
  const layerDigest = await digestOf(layer);
  const config = jsonBytes({
    architecture,
    config: { Entrypoint: ["/pause"], WorkingDir: "/" },
    created: "1970-01-01T00:00:00Z",
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "mesolet" }],
    os: "linux",
    rootfs: { diff_ids: [`sha256:${layerDigest}`], type: "layers" },
  });
  const configName = `${await digestOf(config)}.json`;
  const layerName = `${layerDigest}/layer.tar`;
  const manifest = jsonBytes([{ Config: configName, Layers: [layerName], RepoTags: [image] }]);
  const file = (name: string, content: Uint8Array) => ({
    name,
    kind: "file" as const,
    mode: 0o644,
    uid: 0,
    gid: 0,
    content,
  });
  return writeTar([
    { name: layerDigest, kind: "directory", mode: 0o755, uid: 0, gid: 0 },
    file(layerName, layer),
    file(configName, config),
    file("manifest.json", manifest),
  ]);
}

function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
