import { probeOfHealthCheck } from "../../src/mesos/executor/probe.ts";
import type { ProbeResult } from "../../src/mesos/executor/probe_result.ts";
import type { HealthCheck } from "../../src/mesos/wire/messages.ts";
import { systemClock } from "../../src/pod/clock.ts";
import { Label } from "../../src/pod/labels.ts";
import { pauseImageName, pauseNameOf } from "../../src/pod/names.ts";
import type { TestEngine } from "./engine.ts";

const base = { id: "step", cause: "a test", after: [] };

/** A pod of a pause container and a web server that listens on the pod's loopback alone, and checks of it. */
export async function startWebPod(test: TestEngine) {
  const pod = test.podName();
  const context = test.context();
  const pause = pauseNameOf(pod);
  const web = `${pod}-web-1`;
  const labels = { [Label.pod]: pod };
  await test.engine.apply({ ...base, kind: "load-pause-image", image: pauseImageName }, context);
  await test.engine.apply({
    ...base,
    kind: "create-container",
    name: pause,
    body: {
      Image: pauseImageName,
      Labels: labels,
      HostConfig: { NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"] },
    },
  }, context);
  await test.engine.apply({ ...base, kind: "start-container", target: { name: pause } }, context);
  const script = "mkdir /www && cd /www && head -c 300000 /dev/zero > zeros && echo hello > index.html && " +
    "exec httpd -f -p 127.0.0.1:8080";
  await test.engine.apply({
    ...base,
    kind: "create-container",
    name: web,
    body: {
      Image: "busybox",
      Cmd: ["sh", "-c", script],
      Env: ["FROM_CONTAINER=1"],
      Labels: labels,
      HostConfig: { NetworkMode: `container:<id:${pause}>` },
    },
  }, context);
  await test.engine.apply({ ...base, kind: "start-container", target: { name: web } }, context);
  const remove = async () => {
    for (const name of [web, pause]) {
      await test.engine.apply(
        { ...base, kind: "remove-container", target: { name }, force: true, volumes: true },
        context,
      );
    }
    await test.engine.apply({ ...base, kind: "remove-image", image: pauseImageName }, test.context());
  };
  const tryIn = (container: string | undefined) =>
  async (
    check: HealthCheck,
    signal = new AbortController().signal,
  ): Promise<ProbeResult> =>
    await probeOfHealthCheck(check, {
      engine: test.engine,
      clock: systemClock,
      target: () => ({
        ...(container === undefined ? {} : { container }),
        ports: { kind: "relay", container: pause },
      }),
    })(signal);
  const decoder = new TextDecoder();
  /** How many processes of checks that sleep are in the container. */
  const sleepers = async () => {
    let output = "";
    await test.engine.execute(web, {
      command: ["ps"],
      tty: false,
      onOutput: (_, bytes) => output += decoder.decode(bytes),
    });
    return output.match(/sleep 12345/g)?.length ?? 0;
  };
  return { pause, remove, tryIn, sleepers, attempt: tryIn(web) };
}
