import { importBusybox } from "../../scripts/engine/busybox_image.ts";
import { startPrivatePodman } from "../../scripts/engine/private_podman.ts";
import { loadArchiveDirectory, loadOne } from "../../src/cli/archive_directory.ts";
import type { EngineEvent } from "../../src/docker/engine.ts";
import { EngineError } from "../../src/docker/engine_error.ts";
import { BundleReader } from "../../src/images/bundle.ts";
import { saveBundle } from "../../src/images/save_bundle.ts";
import { Label } from "../../src/pod/labels.ts";
import { pauseImageName } from "../../src/pod/names.ts";
import type { EngineBody, Step, StepKind } from "../../src/plan/step.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../support/assert.ts";
import { engineAt, type TestEngine } from "../support/engine.ts";
import { gzipped, ociLayout, savedImage } from "../support/image_archives.ts";
import { waitUntil } from "../support/wait.ts";

const base = { id: "step", cause: "a test", after: [] };

function create(
  pod: string,
  name: string,
  body: EngineBody,
  host: EngineBody = {},
): Step<"create-container"> {
  return {
    ...base,
    kind: "create-container",
    name: `${pod}-${name}-1`,
    body: {
      Image: "busybox",
      Cmd: ["sleep", "1000"],
      ...body,
      Labels: { [Label.pod]: pod, [Label.hash]: "1:0" },
      HostConfig: { NetworkMode: "none", ...host },
    },
  };
}

Deno.test("podman: pods live as on Docker", async (t) => {
  const podman = await startPrivatePodman();
  try {
    await using test = await engineAt(podman.host);
    await importBusybox(test.connection);
    const pod = test.podName();
    const context = test.context();
    const apply = async (...steps: Step<StepKind>[]) => {
      for (const step of steps) await test.engine.apply(step, context);
    };

    await t.step("the engine is known for what it is", () => {
      const { kind, cgroupVersion, cgroupDriver, architecture } = test.engine.facts;
      assertEquals([kind, cgroupDriver], ["podman", "cgroupfs"]);
      assert(cgroupVersion === 1 || cgroupVersion === 2);
      assertMatch(architecture, /^(amd64|arm64)$/);
    });

    await t.step("archives of images are loaded, as they are and packed, and once", async () => {
      const directory = await Deno.makeTempDir();
      try {
        await Deno.mkdir(`${directory}/images`);
        const one = await savedImage([`${pod}-one:1`], `${pod} one`);
        const two = await savedImage([`${pod}-two:2`], `${pod} two`);
        await Deno.writeFile(`${directory}/images/one.tar`, one.archive);
        await Deno.writeFile(`${directory}/images/two.tgz`, await gzipped(two.archive));
        await Deno.writeFile(`${directory}/images/zero.tar`, (await ociLayout("oci:1", one)).archive);
        const lines: string[] = [];
        const story = { note: (text: string) => lines.push(text), warn: (text: string) => lines.push(text) };
        for (let times = 0; times < 2; times++) {
          await loadArchiveDirectory(directory, test.engine, story, context.signal);
        }
        const [first, second] = [`docker.io/library/${pod}-one:1`, `docker.io/library/${pod}-two:2`];
        assertEquals(lines, [
          `images/one.tar: loaded ${first}`,
          `images/two.tgz: loaded ${second}`,
          "images/zero.tar: loaded docker.io/library/oci:1",
          `images/one.tar: ${first} is there already`,
          `images/two.tgz: ${second} is there already`,
          // Podman takes that name for something else when it is asked for it.
          "images/zero.tar: loaded docker.io/library/oci:1",
        ]);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    });

    await t.step("images are saved into a bundle, and loaded from it", async () => {
      const directory = await Deno.makeTempDir();
      try {
        const image = await savedImage([`${pod}-saved:1`], `${pod} saved`);
        const name = `docker.io/library/${pod}-saved:1`;
        const { images } = test.engine;
        await images.load("an image", new Blob([image.archive]).stream(), context.signal);
        const id = await images.idOf(name, context.signal) ?? "";
        assertEquals(id, image.id);
        const path = `${directory}/images.tar`;
        await saveBundle({
          names: new Map([[id, [name]]]),
          archive: await images.save([name], context.signal),
          path,
          packing: "none",
          signal: context.signal,
        });
        await test.connection.request({
          method: "DELETE",
          path: `/images/${pod}-saved:1`,
          call: "remove an image of a test",
          bound: 30_000,
        });
        assertEquals(await images.idOf(name, context.signal), undefined);
        const [archive] = await new BundleReader().read(directory);
        assert(archive !== undefined);
        assertEquals(await loadOne(archive, test.engine, context.signal), {
          outcome: "loaded",
          references: [name],
          ids: [id],
        });
        assertEquals(await images.idOf(name, context.signal), id);
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    });

    const since = Date.now() - 1;
    const target = { name: `${pod}-web-1` };

    await t.step("create, start and stop are done once", async () => {
      const script =
        "trap 'echo ends; exit 3' TERM; echo begins; echo error >&2; while :; do sleep 0.1; done";
      const web = create(pod, "web", { Cmd: ["sh", "-c", script] });
      const start = { ...base, kind: "start-container" as const, target };
      await apply(web, web, start, start);
      const [running] = await test.engine.listContainers(pod);
      assertEquals([running?.state, running?.id, running?.name], [
        "running",
        context.ids.get(target.name),
        target.name,
      ]);
      const stop = { ...base, kind: "stop-container" as const, target, graceSeconds: 10 };
      await firstLine(test, target.name);
      await apply(stop, stop);
      const [ended] = await test.engine.listContainers(pod);
      assertEquals([ended?.state, ended?.exitCode], ["exited", 3]);
    });

    await t.step("a name that another pod has is an error that names the owner", async () => {
      const theirs = { ...create(test.podName(), "web", {}), name: target.name };
      const error = await assertRejects(() => test.engine.apply(theirs, context), EngineError);
      assertStringIncludes(error.message, `of pod ${pod} of mesolet`);
    });

    await t.step("logs are told apart and followed to the end", async () => {
      const lines = await Array.fromAsync(
        test.engine.logs(target.name, { follow: true }, new AbortController().signal),
      );
      const byStream = (stream: string) =>
        lines.filter((line) => line.stream === stream).map(({ text }) => text);
      assertEquals([byStream("stdout"), byStream("stderr")], [["begins", "ends"], ["error"]]);
      for (const { time } of lines) assertMatch(time, /^\d{4}-\d\d-\d\dT/);
    });

    await t.step("files are copied with owner and mode, also into a read-only root", async () => {
      for (const readOnly of [false, true]) {
        const name = readOnly ? "sealed" : "open";
        const one = { name: `${pod}-${name}-1` };
        const script = "stat -c '%a %u %g' /run/secrets/token; cat /run/secrets/token";
        const file = {
          path: "/run/secrets/token",
          bytes: new TextEncoder().encode("x\n"),
          uid: 7,
          gid: 8,
          mode: 0o440,
        };
        await apply(
          create(pod, name, { Cmd: ["sh", "-c", script], User: "7" }, { ReadonlyRootfs: readOnly }),
          { ...base, kind: "copy-files", target: one, files: [file] },
          { ...base, kind: "start-container", target: one },
          { ...base, kind: "wait-container", target: one, condition: "completed" },
        );
        const lines = await Array.fromAsync(
          test.engine.logs(one.name, { follow: true }, new AbortController().signal),
        );
        assertEquals(lines.map(({ text }) => text), ["440 7 8", "x"]);
      }
    });

    await t.step("commands and hooks run, attached or not", async () => {
      const worker = { name: `${pod}-worker-1` };
      const script = "trap 'exit 5' HUP; while :; do sleep 0.1; done";
      await apply(create(pod, "worker", { Cmd: ["sh", "-c", script] }), {
        ...base,
        kind: "start-container",
        target: worker,
      });
      let seen = "";
      const { exitCode } = await test.engine.execute(worker.name, {
        command: ["sh", "-c", "cat; exit 9"],
        tty: false,
        stdin: new Blob(["input"]).stream(),
        onOutput: (_, bytes) => seen += new TextDecoder().decode(bytes),
      });
      assertEquals([exitCode, seen], [9, "input"]);
      for (const attached of [true, false]) {
        const hook: Step<"run-hook"> = {
          ...base,
          kind: "run-hook",
          hook: "post_start",
          target: worker,
          body: { Cmd: ["sh", "-c", "echo no; exit 4"], AttachStdout: attached, AttachStderr: attached },
        };
        await assertRejects(() => test.engine.apply(hook, context), EngineError, "exit code 4: no");
      }
    });

    await t.step(
      "a signal of its own stops a container, and a policy that cannot be changed is a warning",
      async () => {
        const worker = { name: `${pod}-worker-1` };
        await apply(
          { ...base, kind: "update-container", target: worker, body: { RestartPolicy: { Name: "no" } } },
          { ...base, kind: "stop-container", target: worker, graceSeconds: 10, signal: "SIGHUP" },
        );
        assertStringIncludes(context.warnings.join(), "cannot change a restart policy in place");
        const detail = await test.engine.inspect(worker.name);
        assertEquals([detail?.state, detail?.exitCode], ["exited", 5]);
      },
    );

    await t.step("the pause container holds namespaces for others, and goes after them", async () => {
      const pause = { name: `${pod}_pause` };
      const member = { name: `${pod}-member-1` };
      const network = `${pod}_net`;
      const make = {
        ...base,
        kind: "create-network" as const,
        name: network,
        body: { Name: network, CheckDuplicate: true, Labels: { [Label.pod]: pod, [Label.definition]: "1" } },
      };
      await apply(
        make,
        make,
        { ...base, kind: "load-pause-image", image: pauseImageName },
        {
          ...create(pod, "x", { Image: pauseImageName, Cmd: null }, { NetworkMode: network }),
          name: pause.name,
        },
        { ...base, kind: "start-container", target: pause },
        create(pod, "member", {}, { NetworkMode: `container:<id:${pause.name}>` }),
        { ...base, kind: "start-container", target: member },
        { ...base, kind: "remove-network", name: network, ifUnused: true },
      );
      const containers = await test.engine.listContainers(pod);
      const observed = containers.find(({ name }) => name === pause.name);
      assertEquals(Object.keys(observed?.networks ?? {}), [network]);
      const started = performance.now();
      await apply({ ...base, kind: "stop-container", target: pause, graceSeconds: 10 });
      assert(performance.now() - started < 5_000, "it ends on SIGTERM");
      const remove = (one: { readonly name: string }): Step<"remove-container"> => ({
        ...base,
        kind: "remove-container",
        target: one,
        force: true,
        volumes: true,
      });
      await Promise.all([apply(remove(pause)), apply(remove(member))]);
      await apply({ ...base, kind: "remove-network", name: network }, {
        ...base,
        kind: "remove-image",
        image: pauseImageName,
      });
    });

    await t.step("events tell what happened", async () => {
      const remove = { ...base, kind: "remove-container" as const, target, force: false, volumes: true };
      await apply(remove, remove);
      const seen: EngineEvent[] = [];
      const stop = new AbortController();
      const watching = (async () => {
        for await (const event of test.engine.events({ pod, since }, stop.signal)) {
          if (event.containerName === target.name) seen.push(event);
          if (event.action === "destroy" && event.containerName === target.name) return;
        }
      })();
      await waitUntil("the end is told", () => seen.some(({ action }) => action === "destroy"));
      stop.abort();
      await watching;
      const told = seen.map(({ action, exitCode }) =>
        exitCode === undefined ? action : `${action} ${exitCode}`
      );
      for (const word of ["create", "start", "die 3", "destroy"]) assert(told.includes(word), told.join());
      assert(seen.every(({ labels }) => labels[Label.pod] === pod));
    });
  } finally {
    await podman.stop();
  }
});

/** Waits until a container has written something. */
async function firstLine(test: TestEngine, name: string): Promise<void> {
  for await (const _ of test.engine.logs(name, { follow: true }, new AbortController().signal)) return;
}
