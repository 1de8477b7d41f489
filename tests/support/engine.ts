import { connectEngine } from "../../src/docker/connect.ts";
import { Connection } from "../../src/docker/connection.ts";
import { parseEngineAddress } from "../../src/docker/engine_address.ts";
import type { ApplyContext, Engine, ImageLoader } from "../../src/docker/engine.ts";
import { listOf, objectOf, textOf } from "../../src/docker/json.ts";
import { TimeBounds } from "../../src/docker/time_bounds.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { Label } from "../../src/pod/labels.ts";

/**
 * A real engine for one test: `await using test = await testEngine();`. At the end of the test everything that
 * carries the label of one of its pods is removed. The script of `deno task test` starts the engine.
 */
export interface TestEngine extends AsyncDisposable {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  readonly engine: Engine & ImageLoader;
  /** For calls that {@linkcode Engine} does not have. */
  readonly connection: Connection;
  /** A pod's name that no other test has. */
  podName(): string;
  /** What a step is applied with; warnings are collected in `warnings`. */
  context(signal?: AbortSignal): ApplyContext & { readonly warnings: readonly string[] };
}

/** The address of the engine that tests use. */
export function testHost(): string {
  const host = Deno.env.get("MESOLET_TEST_HOST");
  if (host === undefined || host === "") {
    throw new Error("This test needs an engine: run it with `deno task test PATH`, which starts one");
  }
  return host;
}

/** Connects a test to the engine of the test run. */
export function testEngine(): Promise<TestEngine> {
  return engineAt(testHost());
}

/** Connects a test to an engine of its own. */
export async function engineAt(host: string): Promise<TestEngine> {
  const engine = await connectEngine({ host, environment: {} });
  const connection = new Connection(parseEngineAddress(host, "MESOLET_TEST_HOST"), {
    clock: systemClock,
    apiVersion: engine.facts.apiVersion,
  });
  const pods: string[] = [];
  return {
    host,
    engine,
    connection,
    podName() {
      const name = `t-${crypto.randomUUID().slice(0, 8)}`;
      pods.push(name);
      return name;
    },
    context(signal = new AbortController().signal) {
      const warnings: string[] = [];
      return { ids: new Map(), signal, warnings, onWarning: (_, message) => warnings.push(message) };
    },
    async [Symbol.asyncDispose]() {
      for (const pod of pods) await removePod(connection, pod);
      connection.close();
      engine.close();
    },
  };
}

/** Removes containers, networks and volumes that carry a pod's label, whatever state they are in. */
export async function removePod(connection: Connection, pod: string): Promise<void> {
  const filters = JSON.stringify({ label: [`${Label.pod}=${pod}`] });
  const list = async (path: string) =>
    (await connection.request({
      method: "GET",
      path,
      query: { filters, ...(path.startsWith("/containers") ? { all: true } : {}) },
      call: `list what is left of ${pod}`,
      bound: TimeBounds.read,
    })).body;
  const remove = async (path: string) => {
    await connection.request({
      method: "DELETE",
      path,
      query: path.startsWith("/containers") ? { force: true, v: true } : {},
      call: `remove what is left of ${pod}`,
      bound: TimeBounds.remove,
      accept: [404, 409],
    });
  };
  const containers = listOf(await list("/containers/json")).map((entry) => textOf(objectOf(entry).Id));
  await Promise.all(containers.map((id) => remove(`/containers/${id}`)));
  const networks = listOf(await list("/networks")).map((entry) => textOf(objectOf(entry).Id));
  await Promise.all(networks.map((id) => remove(`/networks/${id}`)));
  const volumes = listOf(objectOf(await list("/volumes")).Volumes).map((entry) =>
    textOf(objectOf(entry).Name)
  );
  await Promise.all(volumes.map((name) => remove(`/volumes/${name}`)));
}
